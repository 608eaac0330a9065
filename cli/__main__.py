"""The operator's command line: ``python -m cli``."""

import typer

from cli import account, channel, entra, group, key, log, role, schema, service_account, sign_in, token, user
from cli.enterprise import command as enterprise

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Administer Rollcall: accounts, their schemas, tokens and roles, in the storage that SCIM_STORAGE names.",
)
app.add_typer(account.app, name="account")
app.add_typer(channel.app, name="channel")
app.add_typer(entra.app, name="entra")
app.add_typer(group.app, name="group")
app.add_typer(key.app, name="key")
app.add_typer(log.app, name="log")
app.add_typer(role.app, name="role")
app.add_typer(enterprise.app, name="enterprise-app")
app.add_typer(schema.app, name="schema")
app.add_typer(service_account.app, name="service-account")
app.add_typer(sign_in.app, name="sign-in")
app.add_typer(token.app, name="token")
app.add_typer(user.app, name="user")

if __name__ == "__main__":
    app(prog_name="python -m cli")
