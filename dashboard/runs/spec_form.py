"""Widgets from a spec's fields: bounds, choices and help texts come from the spec, and from nowhere else."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard.widgets.listed_choice import choose_listed
from shared.analyses import JobSpec

# What a whole number's 0 stands for, as its description says it ("0 means all", "0: never").
_ZERO = re.compile(r"\b0(?: means|:) (\w+)")
Field = Mapping[str, Any]
Choices = Mapping[str, Sequence[str]]


def spec_form(
    spec_type: type[JobSpec],
    prefix: str,
    basic: Sequence[str],
    choices: Choices | None = None,
    hidden: Sequence[str] = (),
    usual: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Draw one widget a field: the basic ones, then all others folded away.

    Args:
        spec_type: whose fields.
        prefix: of the widgets' keys in the session.
        basic: fields to show at once, in this order.
        choices: field to options, where the spec leaves open which values exist ("" stands for none); of a list
            those of which several can be chosen, () while they are not known.
        hidden: fields that the page draws itself.
        usual: values that do not count as changed, where they are not the fields' own defaults.

    Returns:
        Field name to value, as `from_fields()` takes them.
    """
    fields = _fields(spec_type)
    rare = {name: field for name, field in fields.items() if name not in basic and name not in hidden}
    values = {name: _widget(prefix, name, fields[name], choices or {}) for name in basic}
    return values | (_folded(prefix, rare, choices or {}, usual or {}) if rare else {})


def fill_form(spec_type: type[JobSpec], prefix: str, values: Mapping[str, Any]) -> None:
    """Set the widgets to a spec's values, before they are drawn; fields that are missing go to their defaults."""
    for name, field in _fields(spec_type).items():
        st.session_state[_key(prefix, name)] = _shown(field, values.get(name, field.get("default")))


def changed_fields(spec: JobSpec) -> dict[str, str]:
    """Fields of a spec that are not at their defaults, as text for an address."""
    fields = _fields(type(spec))
    shown = {name: _shown(fields[name], value) for name, value in spec.changes().items()}
    return {name: "0" if value is None else str(value) for name, value in shown.items()}


def held_values(spec_type: type[JobSpec], prefix: str) -> dict[str, Any]:
    """What the widgets' keys in the session hold, as the spec takes it; None where there is nothing."""
    held = {name: st.session_state.get(_key(prefix, name)) for name in spec_type.model_fields}
    return {name: 0 if value is None and zero_words(field) else value
            for name, field in _fields(spec_type).items() for value in (held.get(name),)}  # fmt: skip


def channel_text(value: Sequence[int] | Sequence[str] | str | None) -> str:
    """Channel numbers in short: (0, 1, 2, 7) as "0-2,7"; names with commas between."""
    if value is None or isinstance(value, str):
        return value or ""
    numbers = [number for number in value if isinstance(number, int)]
    if len(numbers) < len(value):
        return ",".join(map(str, value))
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ",".join(str(r[0]) if len(r) == 1 else f"{r[0]}-{r[-1]}" for r in runs)


def _fields(spec_type: type[JobSpec]) -> dict[str, Field]:
    return spec_type.model_json_schema()["properties"]


def _key(prefix: str, name: str) -> str:
    return f"{prefix}.{name}"


def _shown(field: Field, value: Any) -> Any:
    """A field's value as its widget holds it."""
    if field.get("type") == "array":
        # Only lists of nothing but numbers are read again from "0-2": a class may be a name.
        numbers = field.get("items", {}).get("type") == "integer"
        return channel_text(value if numbers or isinstance(value, str) else [str(one) for one in value or ()])
    if isinstance(value, dict):
        return json.dumps(value, sort_keys=True, separators=(",", ":"))
    if value == 0 and zero_words(field):
        return None
    return "" if value is None else value


def zero_words(field: Field) -> str:
    """What a field's 0 is shown as: "all", "never", else "auto"; "" where it is a number like others."""
    said = _ZERO.search(field.get("description") or "")
    if field.get("type") != "integer" or field.get("default") != 0 or said is None:
        return ""
    return said[1] if said[1] in ("all", "never", "none") else "auto"


def _read(field: Field, value: Any) -> Any:
    """A widget's value as the spec takes it."""
    if value is None and zero_words(field):
        return 0
    return None if value == "" and field.get("type") != "array" else value


def _folded(prefix: str, fields: Mapping[str, Field], choices: Choices, usual: Mapping[str, Any]) -> dict[str, Any]:
    """The rare fields. While closed none is drawn, so the page opens faster; the title says how many are changed."""
    starts = {name: _shown(field, usual.get(name, field.get("default"))) for name, field in fields.items()}
    kept = {name: st.session_state.setdefault(_key(prefix, name), start) for name, start in starts.items()}
    # A run holds what "auto" stood for, so that field differs on every link and says nothing.
    changed = sum(kept[name] != start and name != "precision" for name, start in starts.items())
    title = f"More settings · {changed} changed" if changed else "More settings"
    fold = st.expander(title, key=f"{prefix}/more", on_change="rerun")
    if fold.open:
        with fold:
            return {name: _widget(prefix, name, field, choices) for name, field in fields.items()}
    for name, value in kept.items():
        st.session_state[_key(prefix, name)] = value  # or it is forgotten with the widget that is not drawn
    return {name: _read(fields[name], value) for name, value in kept.items()}


def _widget(prefix: str, name: str, field: Field, choices: Choices) -> Any:
    key, label, help_text = _key(prefix, name), name.replace("_", " ").capitalize(), field.get("description")
    st.session_state.setdefault(key, _shown(field, field.get("default")))
    if field.get("type") == "array" and name in choices:
        said = choose_listed(label, key, choices[name], "all", str(help_text or ""))
        return _read(field, said)
    options = choices.get(name) or field.get("enum") or ([field["const"]] if "const" in field else [])
    if options:
        return _read(field, _select(key, label, help_text, list(options)))
    if examples := field.get("examples"):
        return _select(key, label, help_text, list(examples), typed=True) or field.get("default")
    if field.get("type") == "boolean":
        return st.checkbox(label, key=key, help=help_text)
    if field.get("type") in ("integer", "number"):
        return _read(field, _number(key, label, help_text, field))
    hint = "all" if field.get("type") == "array" else None
    return _read(field, st.text_input(label, key=key, help=help_text, placeholder=hint))


def _select(key: str, label: str, help_text: str | None, options: list[str], typed: bool = False) -> str:
    """A list; `typed`: of examples, beside which anything can be written."""
    if st.session_state[key] not in options:
        options.append(st.session_state[key])
    return st.selectbox(label, options, key=key, help=help_text, format_func=lambda v: v or "none",
                        accept_new_options=typed) or ""  # fmt: skip


def _number(key: str, label: str, help_text: str | None, field: Field) -> int | float | None:
    low, high = field.get("minimum", field.get("exclusiveMinimum", 0)), field.get("maximum", 2**31 - 1)
    if field["type"] == "integer":
        step = 16 if field.get("default", 0) >= 64 else 1
        if zero := zero_words(field):
            st.session_state[key] = st.session_state[key] or None
            return st.number_input(label, low, high, None, key=key, help=help_text, step=step, placeholder=zero)
        return st.number_input(label, low, high, key=key, help=help_text, step=step)
    small = 0 < field.get("default", 0) < 0.005  # a learning rate: 0.00002 must not read 0.0000
    fine, form = (float(field["default"]), "%g") if small else (0.005, "%.4f")
    return st.number_input(label, float(low), float(high), key=key, help=help_text, step=fine, format=form)
