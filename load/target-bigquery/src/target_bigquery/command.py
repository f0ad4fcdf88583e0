"""The command line: reads the settings and ends each error of a user in one line."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from abc import abstractmethod
from typing import IO, TYPE_CHECKING, Any, NoReturn

import click
from singer_sdk.configuration._dict_config import parse_environment_config
from singer_sdk.helpers._classproperty import classproperty
from singer_sdk.plugin_base import _ConfigInput
from singer_sdk.target_base import Target

from target_bigquery.errors import USER_ERRORS, SettingsError, TargetError
from target_bigquery.messages.drain import read_rest
from target_bigquery.redaction import REDACTOR, protect_output
from target_bigquery.settings import SECRETS, missing_settings
from target_bigquery.validation import problems_of, typed
from target_bigquery.warehouse.credentials import key_of

if TYPE_CHECKING:
    from collections.abc import Iterator

GC_THRESHOLD = (50_000, 50, 100)


class Command(Target):
    """A Singer target as a command."""

    @abstractmethod
    def abort(self) -> None:
        """End without committing anything more; never raises."""

    @property
    @abstractmethod
    def busy(self) -> bool:
        """Whether calls are running that must not delay the end of the process."""

    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        """Complete the configuration; name the user's variable in every problem.

        Args:
            raise_errors: Whether to raise the problems.

        Returns:
            The problems.

        Raises:
            SettingsError: With one line per problem.
        """
        schema = self.config_jsonschema
        self.append_builtin_config(schema)
        REDACTOR.add_config(self._config, SECRETS)
        with contextlib.suppress(ValueError):
            REDACTOR.add_key(key_of(str(self._config.get("credentials_json"))))
        self._config = typed(self._config, schema)
        problems = [
            *missing_settings(self._config),
            *problems_of(self._config, schema),
        ]
        if problems and raise_errors:
            raise SettingsError(*problems)
        return problems

    @classproperty
    def _env_var_config(cls) -> dict[str, Any]:  # noqa: N805 - as the SDK has it
        """The settings in the environment, as texts; `typed` converts them."""
        schema = cls.config_jsonschema
        cls.append_builtin_config(schema)
        texts = {name: {"type": ["string"]} for name in schema["properties"]}
        return parse_environment_config({"properties": texts}, cls._env_var_prefix)

    @classmethod
    def get_singer_command(cls) -> click.Command:
        """Return the command, whose output contains no secret."""
        protect_output()
        command = super().get_singer_command()
        check = click.Option(
            ["--check"],
            is_flag=True,
            expose_value=False,
            callback=cls.cb_check,
            help="Check the settings, the credentials and the datasets, and exit.",
        )
        command.params.append(check)
        return command

    @abstractmethod
    def facts(self) -> Iterator[str]:
        """Yield what `--check` prints: where rows would be loaded.

        Yields:
            One line for each fact.

        Raises:
            TargetError: If rows could not be loaded.
        """

    @classmethod
    def cb_check(
        cls,
        ctx: click.Context,
        param: click.Option,  # noqa: ARG003 - click's signature
        value: bool,  # noqa: FBT001 - click's signature
    ) -> None:
        """Run `--check`; end every error of a user in one line.

        Args:
            ctx: The command.
            param: The option.
            value: Whether it was given.
        """
        if not value:
            return
        config: _ConfigInput = ctx.params.get("config") or _ConfigInput()
        target = None
        try:
            target = cls(config=config.config, parse_env_config=config.parse_env)
            for fact in target.facts():
                click.echo(REDACTOR.redact(fact))
        except USER_ERRORS as error:
            for line in error.lines if isinstance(error, TargetError) else [str(error)]:
                cls.logger.critical("%s", " ".join(line.split()))
            ctx.exit(1)
        finally:
            if target is not None:
                target.abort()
        ctx.exit()

    @classmethod
    def cb_config(
        cls,
        ctx: click.Context,
        param: click.Option,
        value: tuple[str, ...],
    ) -> _ConfigInput:
        """Read the configuration's files; reject an invalid file in one line.

        Args:
            ctx: The command.
            param: The option.
            value: Paths of files, or `ENV`.

        Returns:
            The configuration.
        """
        for path in value:
            try:
                super().cb_config(ctx, param, (path,))
            except (OSError, ValueError, TypeError, RuntimeError) as error:
                reason = "it is not a JSON object"
                if isinstance(error, OSError):
                    # The SDK raises FileNotFoundError without its text.
                    reason = error.strerror or "there is no such file"
                message = f"Configuration file '{path}' cannot be read: {reason}."
                cls._fail(SettingsError(message))
        return super().cb_config(ctx, param, value)

    @classmethod
    def append_builtin_config(cls, config_jsonschema: dict[str, Any]) -> None:
        """Add the SDK's settings, without the one that cannot be changed here.

        Args:
            config_jsonschema: The settings' schema, changed in place.
        """
        super().append_builtin_config(config_jsonschema)
        # The metadata columns always exist: upsert and delete depend on them.
        config_jsonschema["properties"].pop("add_record_metadata", None)

    @classmethod
    def invoke(  # type: ignore[override]
        cls,
        *,
        about: bool = False,
        about_format: str | None = None,
        config: _ConfigInput | None = None,
        file_input: IO[str] | None = None,
    ) -> None:
        """Run the command; end every error of a user in one line.

        Args:
            about: Whether to show the settings only.
            about_format: How to show them.
            config: The configuration.
            file_input: Where to read instead of standard input.
        """
        protect_output()
        super(Target, cls).invoke(about=about, about_format=about_format)
        config = config or _ConfigInput()
        try:
            target = cls(config=config.config, parse_env_config=config.parse_env)
        except TargetError as error:
            cls._fail(error)
        # Records are many small objects without cycles: looking for cycles among them
        # costs a quarter of the reading.
        gc.freeze()
        gc.set_threshold(*GC_THRESHOLD)
        try:
            target.listen(file_input)
        except USER_ERRORS as error:
            target.abort()
            cls._fail(error, hard=target.busy)

    @classmethod
    def _fail(cls, error: Exception, *, hard: bool = False) -> NoReturn:
        """Print what is wrong and end the process.

        Args:
            error: What is wrong.
            hard: Whether to end without waiting for running calls.
        """
        lines: tuple[str, ...] = (str(error),)
        code = 1
        if isinstance(error, TargetError):
            lines, code = error.lines, error.exit_code
        for line in lines:
            cls.logger.critical("%s", " ".join(line.split()))
        read_rest()
        if hard:
            sys.stderr.flush()
            os._exit(code)
        sys.exit(code)
