"""The choices of a page that shows one kind of run, kept in step with the page's address.

docs/add_an_analysis.md has an example, and dashboard/widgets the pieces to draw with.
A control's key in the session is "<prefix>.<field>", so that a link can set it before it is drawn.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import streamlit as st

from dashboard.runs.spec_form import Choices, changed_fields, fill_form, spec_form
from dashboard.widgets.address import NONE, arrived, remember
from dashboard.widgets.current import keep_current, opening_fields
from dashboard.widgets.errors import show_error
from shared.analyses import JobSpec
from shared.client import Client
from shared.errors import InvalidSpec, UnknownModel
from shared.images.resizing import AUTO
from shared.store import RunRecord


@dataclass(frozen=True)
class Choice:
    """What a page shows.

    Attributes:
        key: of the run; "" while the choices make none.
        spec: to make it with; None where a link names a run.
        failure: why there is nothing to choose from.
        refused: whether a control holds what cannot be; it is said beside the control.
        lacks: draws what is missing and what can be done, where `failure` is no error but something to get first.
    """

    key: str = ""
    spec: JobSpec | None = None
    failure: str = ""
    refused: bool = False
    lacks: Callable[[], None] | None = None


class RunChoices:
    """The link between a page's controls, its address and the run that both stand for."""

    def __init__(
        self, spec_type: type[JobSpec], prefix: str, start: Mapping[str, Any], viewed: Sequence[str] = ()
    ) -> None:
        """Name what a page chooses.

        Args:
            spec_type: of the page's runs.
            prefix: of its controls' keys in the session.
            start: what an address without fields stands for; every required field is in it, NONE for no choice.
            viewed: parameters of the address that belong to one run's view and go when another is chosen ("tile").
        """
        self._type, self._prefix, self._start, self._viewed = spec_type, prefix, start, viewed
        self._synced, self._words = f"{prefix}/run", f"{prefix}/choice"
        # What the controls held when the page was drawn last, and whether a person has changed one of them since.
        self._kept, self._person = f"{prefix}/kept", f"{prefix}/person"

    def follow_address(self, client: Client) -> Mapping[str, Any] | None:
        """Set the controls to what the address names: once for each arrival, and for each run named by others.

        Returns:
            The fields they were set to; None when they were left alone.
        """
        st.session_state[self._person] = self._changed()
        query = st.query_params.to_dict()
        run = query.get("run", "")
        came, drawn = arrived(self._synced), self._key(next(iter(self._start))) in st.session_state
        if drawn and not came and st.session_state.get(self._synced) == run:
            return None
        record = client.record(run) if run else RunRecord("")
        start = opening_fields(client, self._start, query)
        named = record.fields if record.kind == self._type.kind else self._typed(query, start)
        fields = self._left_to_the_card(client, {**start, **named})
        fill_form(self._type, self._prefix, fields)
        st.session_state[self._synced], st.session_state[self._words] = run, None
        return fields

    def form(
        self, basic: Sequence[str] = (), choices: Choices | None = None, hidden: Sequence[str] = (),
        usual: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """Draw the spec's other fields; see spec_form.spec_form()."""
        return spec_form(self._type, self._prefix, basic, choices, hidden, usual)

    def chosen(
        self, client: Client, fields: Mapping[str, Any] | None, failure: str = "", refused: bool = False
    ) -> Choice:
        """The run that the choices stand for; the address says so, and a choice that cannot be is explained here.

        Args:
            client: of the installation.
            fields: all fields of the spec; None while a required choice is missing.
            failure: why it is missing.
            refused: whether it was said already, beside a control, why these fields cannot be.
        """
        spec = self._spec(fields)
        if spec:
            names = [name for name in (*self._start, "classes") if self._opens(name)]
            keep_current({name: getattr(spec, name, None) for name in names})
        words = spec.canonical_json() if spec else json.dumps(self._started())
        run, before = st.session_state[self._synced], st.session_state[self._words]
        st.session_state[self._words], st.session_state[self._kept] = words, self._held()
        # A control that corrects itself, as when the layer table arrives, chooses nothing: the run stays.
        step = before not in (None, words) and st.session_state[self._person]
        if run and not step:
            return Choice(run, None, failure)
        if spec is None:
            self._write("", self._started(), step)
            return Choice(failure=failure, refused=refused or fields is not None)
        key = client.resolve(spec).key()
        if client.record(key).kind:
            self._write(key, {}, step)
        else:
            self._write("", changed_fields(spec), step)
        return Choice(key, spec, failure)

    def _held(self) -> dict[str, str]:
        """What the page's controls hold."""
        own, ours = (self._synced, self._words, self._kept, self._person), (f"{self._prefix}.", f"{self._prefix}/")
        return {key: repr(value) for key, value in st.session_state.items()
                if isinstance(key, str) and key.startswith(ours) and key not in own}  # fmt: skip

    def _changed(self) -> bool:
        """Whether somebody changed a control since the page was drawn last; a control that is gone was not changed."""
        before = st.session_state.get(self._kept, {})
        return any(before.get(key) != value for key, value in self._held().items())

    def _left_to_the_card(self, client: Client, fields: dict[str, Any]) -> dict[str, Any]:
        """Fields of which `resize` is "auto" where it says what the model's card does: it changes with the model."""
        if "resize" in fields:
            rule, model = "", fields.get("model")
            with suppress(UnknownModel):
                rule = client.models.card(str(model)).resize if model else ""
            usual = rule or self._type.usual_resize
            fields["resize"] = AUTO if fields["resize"] == usual else fields["resize"]
        return fields

    def _opens(self, name: str) -> bool:
        """Whether a field is what people work on; a base to train from, or one of two networks, is not."""
        return name != "model" or self._start[name] != NONE

    def _key(self, name: str) -> str:
        return f"{self._prefix}.{name}"

    def _typed(self, query: Mapping[str, str], start: Mapping[str, Any]) -> dict[str, Any]:
        """Fields of an address as values of their types; what does not fit is left out."""
        known = {name: value for name, value in query.items() if name in self._type.model_fields}
        try:
            return self._type.from_fields({**start, **known}).model_dump(mode="json")
        except InvalidSpec:
            return {name: value for name, value in known.items() if name in self._start}

    def _spec(self, fields: Mapping[str, Any] | None) -> JobSpec | None:
        try:
            return None if fields is None else self._type.from_fields(dict(fields))
        except InvalidSpec as error:
            show_error(str(error))
            return None

    def _started(self) -> dict[str, str]:
        """What is chosen of the required fields while they make no spec."""
        values = {name: st.session_state.get(self._key(name)) for name in self._start}
        return {name: value for name, value in values.items() if isinstance(value, str) and value not in ("", NONE)}

    def _write(self, run: str, fields: Mapping[str, str], step: bool) -> None:
        kept = self._viewed if run or "run" not in st.query_params else ()
        known: dict[str, str | None] = dict.fromkeys([*self._type.model_fields, *(set(self._viewed) - set(kept))])
        remember({**known, **fields, "run": run or None}, step=step)
        st.session_state[self._synced] = run
