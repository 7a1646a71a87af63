import click


def show(found):
    # ok: echo-outside-commands
    click.echo(found)
    # ruleid: printed
    print(found)
