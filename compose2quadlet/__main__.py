from compose2quadlet.cli import run

run()
