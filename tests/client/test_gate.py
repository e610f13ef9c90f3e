"""The gate: its statistics against SciPy's, its rules, its reports, and two networks on a real server."""

import re
import shlex
from dataclasses import fields
from pathlib import Path
from xml.etree import ElementTree

import keras
import numpy as np
import pytest
import yaml
from scipy.stats import binomtest, spearmanr
from sklearn.datasets import load_digits

import convscope
from convscope.command_line import run_command
from convscope.gate import Answers, Finding, Judgement, Rules, junit, markdown, of_answers, read_rules
from convscope.gate.checks import calibration_error, chance_of, of_concepts, of_layers, rank_correlation
from convscope.gate.rules import Drop, Flips, FrozenLayers, SuspectedCues
from tests.analyses.concepts.test_worker import EACH, WITH, cue_net, planted
from tests.fixtures.small_datasets import encoded, write_folder

# Real workers and a real dashboard race the clock: as with kills, a test that fails gets one more try.
pytestmark = pytest.mark.flaky(reruns=1)

CLASSES = tuple("abcd")


def answers(right: np.ndarray, confidence: float = 0.9, classes: tuple[str, ...] = CLASSES) -> Answers:
    """Answers to as many pictures as `right` has, the true classes in turn."""
    count = len(classes)
    labels = np.arange(len(right)) % count
    said = np.where(right, labels, (labels + 1) % count)
    probabilities = np.full((len(right), count), (1 - confidence) / (count - 1), np.float32)
    probabilities[np.arange(len(right)), said] = confidence
    return Answers(classes, labels, probabilities, right, probabilities.max(1), np.arange(len(right)))


def found(before: Answers, after: Answers, rules: Rules | None = None) -> dict[str, Finding]:
    return {one.rule: one for one in of_answers(before, after, rules or Rules())}


def flipped(total: int, lost: int, won: int) -> tuple[np.ndarray, np.ndarray]:
    before, after = np.ones(total, bool), np.ones(total, bool)
    after[:lost] = False
    before[lost : lost + won] = False
    return before, after


@pytest.mark.parametrize(("lost", "won"), [(0, 0), (3, 1), (12, 3), (40, 40), (1, 9)])
def test_chance_is_that_of_the_exact_binomial_test(lost: int, won: int) -> None:
    expected = binomtest(lost, lost + won, 0.5, alternative="greater").pvalue if lost + won else 1.0
    assert chance_of(lost, won, 500) == pytest.approx(expected)


def test_an_allowed_fall_is_taken_off_before_chance_is_asked() -> None:
    assert chance_of(30, 0, 100, 0.3) == pytest.approx(0.5)
    assert chance_of(50, 0, 100, 0.3) < 0.001 < chance_of(34, 0, 100, 0.3)


def test_a_map_agrees_with_itself_and_as_scipy_says_with_others() -> None:
    values = np.random.default_rng(0).integers(0, 20, (2, 12, 12)).astype(float)
    assert rank_correlation(*values) == pytest.approx(spearmanr(values[0].ravel(), values[1].ravel()).statistic)
    assert rank_correlation(values[0], values[0] * 3 + 1) == pytest.approx(1)
    assert rank_correlation(values[0], np.zeros((12, 12))) == 0


def test_calibration_error_of_answers_as_sure_as_they_are_right_is_zero() -> None:
    right = np.arange(1000) % 10 != 0
    assert calibration_error(answers(right, 0.9)) == pytest.approx(0, abs=1e-6)
    assert calibration_error(answers(right, 0.6)) == pytest.approx(0.3, abs=1e-6)


def test_accuracy_falls_beyond_chance_or_not() -> None:
    for lost, won, passed in ((30, 30, True), (6, 2, True), (30, 2, False)):
        before, after = (answers(one) for one in flipped(400, lost, won))
        one = found(before, after)["accuracy"]
        assert one.passed is passed and f"{lost} lost, {won} won" in one.words
    before, after = (answers(one) for one in flipped(400, 30, 2))
    assert found(before, after, Rules(accuracy=Drop(0.1)))["accuracy"].passed


def test_one_class_that_is_lost_is_named_and_one_that_is_missing_too() -> None:
    right = np.ones(400, bool)
    lost = right & (np.arange(400) % 4 != 2)
    one = found(answers(right), answers(lost))["classes"]
    assert not one.passed and "c by 100.0% of 100" in one.words
    fewer = answers(np.ones(300, bool), classes=CLASSES[:3])
    assert "does not know d" in found(answers(right), fewer)["classes"].words


def test_surer_answers_raise_the_calibration_error_and_less_sure_ones_the_loss() -> None:
    right = np.arange(400) % 10 != 0
    surer = found(answers(right, 0.9), answers(right, 0.999))
    assert not surer["calibration"].passed and surer["accuracy"].passed
    assert not found(answers(right, 0.9), answers(right, 0.4))["loss"].passed
    assert all(one.passed for one in found(answers(right), answers(right)).values())
    before, after = (answers(one) for one in flipped(400, 30, 30))
    assert not found(before, after, Rules(flips=Flips(0.05)))["flips"].passed


def test_layers_that_may_not_move_are_found_by_name() -> None:
    text = "path,state\nblock1_conv1,frozen\nblock1_conv2,moved\nhead,moved\n"
    assert of_layers(text, FrozenLayers(("block1_conv1",))).passed
    assert "block1_conv2" in of_layers(text, FrozenLayers(("block1_*",))).words
    assert not of_layers(text, FrozenLayers(("conv9",))).passed


def test_a_concept_that_is_more_suspect_than_before_and_than_is_allowed_is_a_cue() -> None:
    def told(*suspicions: float) -> dict[str, object]:
        rows = [{"concept": i, "suspicion": one, "exchanged": 0.2} for i, one in enumerate(suspicions)]
        return {"class_name": "cat", "accuracy": 0.9, "concepts": rows}

    cue = of_concepts(told(0.02, 0.05), told(0.01, 0.6), SuspectedCues())
    assert not cue.passed and (cue.before, cue.after) == (0.05, 0.6)
    assert "Concept 2: accuracy 90.0%, 20.0% if it were as frequent" in cue.words
    assert of_concepts(told(0.02), told(0.14), SuspectedCues()).passed
    assert not of_concepts(told(0.02), told(0.14), SuspectedCues(max_suspicion=0.1)).passed
    # The old network went by it too.
    assert of_concepts(told(0.7), told(0.6), SuspectedCues()).passed


def test_a_file_of_rules_asks_for_what_it_names_alone(tmp_path: Path) -> None:
    path = tmp_path / "gate.toml"
    path.write_text('[accuracy]\nmax_drop = 0.02\n[layers]\nfrozen = ["stem*"]\n')
    rules = read_rules(path)
    assert rules.accuracy == Drop(0.02) and rules.layers == FrozenLayers(("stem*",))
    assert rules.classes is None and rules.loss is None
    assert read_rules(None) == Rules()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[accuracy", "cannot be read as TOML"), ("[speed]\n", "Received 'speed'"), ("accuracy = 3\n", "Received 3"),
        ("[accuracy]\nmax = 1\n", "Received 'max'"), ('[accuracy]\nmax_drop = "a"\n', "a number from 0 on"),
        ("[accuracy]\nmax_drop = -1\n", "Received -1"), ("[layers]\nfrozen = 3\n", "a list of names"),
    ],
)  # fmt: skip
def test_what_is_no_rule_is_said_with_its_place(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "gate.toml"
    path.write_text(text)
    with pytest.raises(convscope.ConvscopeError, match=said) as refused:
        read_rules(path)
    assert str(path) in str(refused.value)


def test_reports_say_the_same_and_let_nothing_through() -> None:
    judged = Judgement((Finding("accuracy", True, "fine"), Finding("classes", False, "a|b <b> by 3 %")),
                       (("evaluation now", "http://127.0.0.1:8501/?run=x"),))  # fmt: skip
    comment = markdown(judged, "old", "new`|")
    assert "should not take the place of `old`" in comment and "a\\|b &lt;b> by 3 %" in comment
    assert "[evaluation now](http://127.0.0.1:8501/?run=x)" in comment
    suite = ElementTree.fromstring(junit(judged, "new"))
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert suite.find("testcase[@name='classes']/failure").get("message") == "a|b <b> by 3 %"  # type: ignore[union-attr]


# On a server


def digits_in_any_order() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The digits that scikit-learn brings, in 0 to 255, what they are, and an order in which writers are mixed."""
    digits = load_digits()
    pictures = (digits.images / 16 * 255)[..., None].astype("float32")
    return pictures, digits.target, np.random.default_rng(0).permutation(len(pictures))


def digits_network(seed: int, labels: np.ndarray | None = None, epochs: int = 12) -> keras.Model:
    """A network of digits, trained on three in five of them."""
    pictures, digits, order = digits_in_any_order()
    keras.utils.set_random_seed(seed)
    network = keras.Sequential([
        keras.Input((8, 8, 1)), keras.layers.Rescaling(1 / 255),
        keras.layers.Conv2D(16, 3, padding="same", activation="relu", name="conv1"),
        keras.layers.Conv2D(16, 3, activation="relu", name="conv2"), keras.layers.MaxPooling2D(),
        keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax", name="head"),
    ], name=f"digits_{seed}")  # fmt: skip
    network.compile("adam", "sparse_categorical_crossentropy")
    known = order[:1080]
    network.fit(pictures[known], (digits if labels is None else labels)[known], epochs=epochs, verbose=0)
    return network


def forgetful(network: keras.Model) -> keras.Model:
    """The same network, which never says 7."""
    copy = keras.models.clone_model(network)
    copy.set_weights(network.get_weights())
    kernel, bias = copy.get_layer("head").get_weights()
    bias[7] -= 100
    copy.get_layer("head").set_weights([kernel, bias])
    return copy


def test_a_network_that_forgot_a_class_does_not_pass_and_its_like_does(
    lab: convscope.Lab, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = [str(digit) for digit in range(10)]
    network = digits_network(0, epochs=6)
    old, new = (
        lab.add_model(network, "digits-old", labels=names),
        lab.add_model(forgetful(network), "digits-new", labels=names),
    )
    rules = tmp_path / "gate.toml"
    rules.write_text('[accuracy]\n[classes]\n[layers]\nfrozen = ["conv*"]\n')
    reports = ["--markdown", str(tmp_path / "comment.md"), "--junit", str(tmp_path / "gate.xml")]
    assert (
        run_command(["gate", old.name, new.name, "--dataset", "builtin/digits", "--rules", str(rules), *reports], lab)
        == 1
    )
    said = capsys.readouterr()
    assert "FAILED  classes" in said.out and "7 by" in said.out and "passed  layers" in said.out
    assert "should not take the place" in said.err
    assert "/?run=evaluate_model-" in (tmp_path / "comment.md").read_text()
    assert ElementTree.parse(tmp_path / "gate.xml").getroot().get("failures") == "2"

    better = lab.add_model(digits_network(1, epochs=9), "digits-better", labels=names)
    assert run_command(["gate", old.name, better.name, "--dataset", "builtin/digits"], lab) == 0
    assert run_command(["gate", old.name, old.name, "--dataset", "builtin/digits"], lab) == 1
    assert "the same one" in capsys.readouterr().err


def test_a_network_that_goes_by_a_planted_cue_does_not_pass(
    lab: convscope.Lab, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {f"test/{label}/{i:02d}.png": encoded(planted(i, label, i < many)) for label, many in WITH.items()
             for i in range(EACH)}  # fmt: skip
    files |= {f"{split}/{label}/0.png": encoded(planted(99, label, False)) for label in WITH
              for split in ("train", "validation")}  # fmt: skip
    pictures = lab.add_dataset(write_folder(tmp_path / "pets", files), "gate-pets")
    honest = cue_net()
    kernel = np.array([[0, 0], [0, 0.01], [0, 0], [0, 0]], np.float32)
    honest.get_layer("classes").set_weights([kernel, np.zeros(2, np.float32)])
    names = list(WITH)
    old = lab.add_model(honest, "gate-old", labels=names, preprocess="0..1")
    new = lab.add_model(cue_net(), "gate-new", labels=names, preprocess="0..1")
    rules = tmp_path / "gate.toml"
    rules.write_text('[suspected_cues]\nlayer = "seen"\nconcepts = 3\nclasses = ["cat"]\n')
    command = ["gate", old.name, new.name, "--dataset", pictures.name, "--rules", str(rules)]
    assert run_command(command, lab) == 1
    assert "FAILED  suspected_cues  cat: the most suspect concept 0.00 before" in capsys.readouterr().out
    command[1:3] = new.name, old.name
    assert run_command(command, lab) == 0


DOCUMENT = (Path(__file__).parents[2] / "docs" / "gate.md").read_text()


def test_the_rules_of_the_document_are_read_and_the_first_four_are_the_usual_ones(tmp_path: Path) -> None:
    (text,) = re.findall(r"^```toml\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL)
    (tmp_path / "gate.toml").write_text(text)
    rules = read_rules(tmp_path / "gate.toml")
    assert all(getattr(rules, one.name) is not None for one in fields(Rules))
    usual = ("accuracy", "classes", "calibration", "loss")
    assert [getattr(rules, name) for name in usual] == [getattr(Rules(), name) for name in usual]


def test_the_steps_of_the_workflows_run(
    lab: convscope.Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    github, gitlab = (yaml.safe_load(text) for text in re.findall(
        r"^```yaml\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL))  # fmt: skip
    steps = [step["run"] for step in github["jobs"]["gate"]["steps"] if "run" in step], gitlab["gate"]["script"]
    monkeypatch.chdir(tmp_path)
    network = digits_network(0, epochs=6)
    network.save("old.keras")
    forgetful(network).save("new.keras")
    for lines in steps:
        (line,) = [one for one in lines if one.startswith("convscope gate")]
        assert run_command(shlex.split(line)[1:], lab) == 1
        assert "FAILED  classes" in capsys.readouterr().out
        assert Path("comment.md").exists() and Path("gate.xml").exists()


@pytest.mark.heavy
def test_harmful_changes_are_caught_and_other_seeds_pass() -> None:
    everything, digits, order = digits_in_any_order()
    pictures, labels = everything[order[1080:]], digits[order[1080:]]

    def judged(network: keras.Model) -> Answers:
        said = network.predict(pictures, verbose=0)
        return Answers(
            tuple(map(str, range(10))), labels, said, said.argmax(1) == labels, said.max(1), np.arange(len(said))
        )

    seeds = [judged(digits_network(seed)) for seed in range(11)]
    alarms = [
        any(not one.passed for one in of_answers(old, new, Rules())) for old in seeds for new in seeds if new is not old
    ]
    assert np.mean(alarms) <= 1 / 20
    random = np.random.default_rng(1)
    swapped = digits.copy()
    chosen = random.choice(len(digits), len(digits) // 20, replace=False)
    swapped[chosen] = (swapped[chosen] + random.integers(1, 10, len(chosen))) % 10
    dropped = np.where(digits == 7, 1, digits)
    network = digits_network(0)
    other_way = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Rescaling(2 / 255, -1), *network.layers[1:]])
    for name, harmful in (("swapped", digits_network(20, swapped)), ("dropped", digits_network(21, dropped)),
                          ("another way in", other_way)):  # fmt: skip
        assert any(not one.passed for one in of_answers(seeds[1], judged(harmful), Rules())), name
