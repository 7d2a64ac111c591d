"""`kxsms template`, and sends of a profile that has approved templates."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.ledger.scene import ONE, batches, send_csv, taken, write_csv
from tests.scripted_gateway import ScriptedGateway

CODE = "您的验证码为：{code:6}，请勿泄露。"
GOOD = "【科迅】您的验证码为：123，请勿泄露。"
NARROW = "【科迅】您的验证码为:123，请勿泄露。"
OTHER = "13900000000"


@pytest.fixture
def code(run: Run, gateway: ScriptedGateway) -> None:
    """Approve one template."""
    assert run("template", "add", CODE).status == 0


def listed(run: Run, *options: str) -> list[tuple[str, int, str]]:
    return [tuple(one.values()) for one in run("template", "list", "-o", "json", *options).json]


@pytest.mark.usefixtures("code")
def test_a_text_that_matches_is_sent(run: Run, gateway: ScriptedGateway) -> None:
    assert run("send", ONE, "-m", GOOD).status == 0
    assert taken(gateway) == [(ONE, GOOD)]


@pytest.mark.usefixtures("code")
@pytest.mark.parametrize("options", [(), ("--skip-invalid",), ("--dry-run",)])
def test_a_single_text_that_matches_none_is_not_sent(
    run: Run, gateway: ScriptedGateway, options: tuple[str, ...]
) -> None:
    done = run("send", ONE, OTHER, "-m", NARROW, "-o", "json", *options)

    assert done.status == 7
    assert done.error["kind"] == "guard"
    assert done.error["message"] == (
        "the text matches no approved template: it has ':' (half-width) after '您的验证码为',"
        f" where the nearest template has '：' (full-width): '{CODE}'"
    )
    assert "kxsms template add" in done.error["hint"]
    assert taken(gateway) == []
    assert batches() == 0


@pytest.mark.usefixtures("code")
def test_an_invalid_number_comes_before_the_text(run: Run, gateway: ScriptedGateway) -> None:
    assert run("send", "12", ONE, "-m", NARROW).status == 2
    assert run("send", "12", ONE, "-m", NARROW, "--skip-invalid").status == 7
    assert taken(gateway) == []


@pytest.mark.usefixtures("code")
def test_rows_that_match_none_stop_a_batch(run: Run, gateway: ScriptedGateway) -> None:
    write_csv([(ONE, GOOD), (OTHER, NARROW)])

    done = send_csv(run)

    assert done.status == 7
    assert done.error["message"].startswith(f"people.csv:3: '{OTHER}' has a text that matches no approved")
    assert "--skip-invalid" in done.error["hint"]
    assert taken(gateway) == []
    assert batches() == 0


@pytest.mark.usefixtures("code")
def test_other_invalid_rows_beside_them_make_it_bad_input(run: Run, gateway: ScriptedGateway) -> None:
    write_csv([(ONE, GOOD), (OTHER, NARROW), ("12", GOOD)])

    assert send_csv(run).status == 2
    assert taken(gateway) == []


@pytest.mark.usefixtures("code")
def test_skip_invalid_skips_rows_that_match_none(run: Run, gateway: ScriptedGateway) -> None:
    write_csv([(ONE, GOOD), (OTHER, NARROW)])

    done = send_csv(run, "--skip-invalid")

    assert done.status == 0
    assert taken(gateway) == [(ONE, GOOD)]
    assert (done.json["recipients"], done.json["invalid"]) == (1, 1)
    assert "matches no approved template" in done.json["problems"][0]["problem"]


@pytest.mark.usefixtures("code")
def test_a_batch_without_any_row_that_matches_is_stopped(run: Run, gateway: ScriptedGateway) -> None:
    write_csv([(ONE, NARROW)])

    assert send_csv(run, "--skip-invalid").status == 7
    assert taken(gateway) == []


@pytest.mark.usefixtures("code")
def test_a_row_that_a_new_template_admits_is_not_taken_for_sent(run: Run, gateway: ScriptedGateway) -> None:
    write_csv([(ONE, GOOD), (OTHER, NARROW)])
    assert send_csv(run, "--skip-invalid").status == 0
    run("template", "add", "您的验证码为:{code}，请勿泄露。")
    taken(gateway)

    assert send_csv(run, "--skip-invalid").status == 7  # overlap with the first batch
    assert send_csv(run, "--skip-invalid", "--skip-sent").status == 0
    assert taken(gateway) == [(OTHER, NARROW)]


@pytest.mark.usefixtures("code")
def test_the_command_of_a_sent_batch_replays_after_another_template(
    run: Run, gateway: ScriptedGateway
) -> None:
    write_csv([(ONE, GOOD)])
    assert send_csv(run).status == 0
    run("template", "add", "谢谢")
    taken(gateway)

    assert send_csv(run).json["replayed"]
    assert taken(gateway) == []


@pytest.mark.usefixtures("code")
def test_warn_sends_and_says_what_differs(run: Run, gateway: ScriptedGateway) -> None:
    run("config", "set", "template_policy", "warn")

    done = run("send", ONE, "-m", NARROW)

    assert done.status == 0
    assert taken(gateway) == [(ONE, NARROW)]
    assert "warning: the text matches no approved template" in done.err
    assert "it has ':' (half-width)" in done.err


@pytest.mark.usefixtures("code")
def test_warn_counts_the_texts_of_a_file(run: Run, gateway: ScriptedGateway) -> None:
    run("config", "set", "template_policy", "warn")
    write_csv([(ONE, GOOD), (OTHER, NARROW), (ONE, NARROW), (OTHER, "【科迅】谢谢")])

    done = send_csv(run)

    assert done.status == 0
    assert len(taken(gateway)) == 4
    assert "warning: 2 texts match no approved template" in done.err


@pytest.mark.usefixtures("code")
@pytest.mark.parametrize("how", [("config", "set", "template_policy", "off"), ("template", "remove", "1")])
def test_nothing_is_checked_without_templates_or_with_off(
    run: Run, gateway: ScriptedGateway, how: tuple[str, ...]
) -> None:
    assert run(*how).status == 0

    done = run("send", ONE, "-m", NARROW)

    assert done.status == 0
    assert "template" not in done.err


@pytest.mark.usefixtures("code")
def test_another_product_is_not_checked(run: Run, gateway: ScriptedGateway) -> None:
    assert run("send", "--product", "voice", ONE, "-m", NARROW).status == 0


@pytest.mark.usefixtures("code")
def test_a_template_that_is_known_is_not_added_again(run: Run) -> None:
    done = run("template", "add", f"{CODE} ", "谢谢", "-o", "json")

    assert done.json == {"product": "sms", "added": 1, "known": 1}
    assert listed(run) == [("sms", 1, CODE), ("sms", 2, "谢谢")]


@pytest.mark.usefixtures("code")
def test_each_product_has_templates_of_its_own(run: Run) -> None:
    run("template", "add", "--product", "vip", "好,a")

    assert listed(run) == [("sms", 1, CODE), ("vip", 1, "好,a")]
    assert listed(run, "--product", "vip") == [("vip", 1, "好,a")]


@pytest.mark.usefixtures("code")
@pytest.mark.parametrize("named", ["1", CODE])
def test_a_template_is_removed_by_number_and_by_text(run: Run, named: str) -> None:
    run("template", "add", "谢谢")

    assert run("template", "remove", named, "-o", "json").json["removed"] == CODE
    assert listed(run) == [("sms", 1, "谢谢")]


@pytest.mark.usefixtures("code")
@pytest.mark.parametrize("named", ["0", "2", "谢谢", "-1", "9" * 5000])
def test_an_unknown_template_is_not_removed(run: Run, named: str) -> None:
    assert run("template", "remove", "--", named).status == 2
    assert listed(run) == [("sms", 1, CODE)]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_import_adds_each_line(run: Run, encoding: str) -> None:
    Path("t.txt").write_text(f"{CODE}\r\n\r\n您的订单{{no}}已发货,请查收。\n", encoding)

    assert run("template", "import", "t.txt", "-o", "json").json["added"] == 2
    assert [text for *_, text in listed(run)] == [CODE, "您的订单{no}已发货,请查收。"]


def test_import_of_an_invalid_line_names_it_and_adds_nothing(run: Run) -> None:
    done = run("template", "import", "-", stdin=f"{CODE}\n{{x\n".encode())

    assert done.status == 2
    assert "error: stdin:2: the template '{x' has a { that is never closed" in done.err
    assert listed(run) == []


def test_a_placeholder_in_another_style_is_refused(run: Run) -> None:
    done = run("template", "add", "您的验证码为${code}")

    assert done.status == 2
    assert "hint: write {code} in its place" in done.err


@pytest.mark.usefixtures("code")
def test_test_names_the_template_or_the_difference(run: Run) -> None:
    good, narrow = run("template", "test", GOOD, "-o", "json"), run("template", "test", NARROW, "-o", "json")

    assert (good.status, narrow.status) == (0, 7)
    assert good.json == {"product": "sms", "template": CODE}
    assert "it has ':' (half-width)" in narrow.error["message"]


def test_test_without_templates_says_how_to_add_one(run: Run) -> None:
    done = run("template", "test", GOOD)

    assert done.status == 2
    assert "hint: run kxsms template add" in done.err


def test_templates_added_at_once_are_all_kept(home: Path) -> None:
    command = [sys.executable, "-m", "kxsms", "template", "add"]
    adding = [subprocess.Popen([*command, f"模板{n}"], env=os.environ, stdout=-3) for n in range(4)]
    assert [process.wait() for process in adding] == [0] * 4

    kept = (home / "config.toml").read_text("utf-8")
    assert all(f"模板{n}" in kept for n in range(4))


def test_a_config_that_could_not_be_read_again_is_not_written(run: Run, home: Path) -> None:
    Path("t.txt").write_text("".join(f"{n}{'长' * 400}\n" for n in range(3000)), "utf-8")

    done = run("template", "import", "t.txt")

    assert done.status == 1
    assert "was not changed" in done.err
    assert (home / "config.toml").read_text("utf-8") == ""


def test_an_invalid_template_in_the_config_names_its_key(run: Run, home: Path) -> None:
    (home / "config.toml").write_text('[profiles.p]\ntemplates.sms = ["{x"]\n', "utf-8")

    done = run("send", "-p", "p", ONE, "-m", GOOD)

    assert done.status == 4
    assert "profiles.p.templates" in done.err


MARKETING = {
    "no-opt-out": ("【科】周末八折", "has no opt-out instruction"),
    "link": ("【科】周末八折 ｗww.kx-ytx.com/a 拒收请回复R", "the link 'www.kx-ytx.com/a'"),
    "phone": ("【科】周末八折,电话400-123-4567,拒收请回复R", "the phone number '400-123-4567'"),
    "long": (f"【科】{'八' * 64}拒收请回复R", "is 3 characters over 70, and billed as 2 messages"),
}


@pytest.mark.parametrize("case", MARKETING)
def test_a_dry_run_notes_what_carriers_block(run: Run, gateway: ScriptedGateway, case: str) -> None:
    text, words = MARKETING[case]

    done = run("send", "--product", "vip", ONE, "-m", text, "--dry-run")

    assert done.status == 0
    assert words in done.err
    assert done.err.count("marketing text") == 1


def test_a_good_marketing_text_and_another_product_have_no_notes(run: Run, gateway: ScriptedGateway) -> None:
    assert (
        "marketing" not in run("send", "--product", "vip", ONE, "-m", "【科】八折,退订回T", "--dry-run").err
    )
    assert "marketing" not in run("send", ONE, "-m", "【科】周末八折", "--dry-run").err


def test_the_question_before_a_batch_comes_after_the_notes(run: Run, gateway: ScriptedGateway) -> None:
    write_csv([(ONE, "【科】周末八折")])

    done = run("send", "--product", "vip", "--csv", "people.csv")

    assert done.status == 2
    assert "has no opt-out instruction: '【科】周末八折'" in done.err
    assert "marketing" not in run("send", "--product", "vip", "--csv", "people.csv", "--yes").err


@pytest.mark.usefixtures("code")
def test_completion_offers_the_templates_of_the_product(run: Run) -> None:
    run("template", "add", "--product", "vip", "谢谢")

    def offered(*words: str) -> list[str]:
        return run("template", "remove", *words, env={"_KXSMS_COMPLETE": ":"}).lines

    assert offered() == [CODE]
    assert offered("--product", "vip") == ["谢谢"]


@pytest.mark.usefixtures("code")
def test_the_hint_names_the_product(run: Run, gateway: ScriptedGateway) -> None:
    run("template", "add", "--product", "vip", "谢谢")

    done = run("send", "--product", "vip", ONE, "-m", NARROW, "-o", "json")

    assert "run kxsms template add --product vip with" in done.error["hint"]


def test_many_rows_that_match_none_are_one_error(run: Run, gateway: ScriptedGateway) -> None:
    run("template", "add", *(f"{{name}}您好{number}" for number in range(50)))
    write_csv((f"138{number:08d}", f"【科】{number}你好") for number in range(300))

    done = send_csv(run)

    assert done.status == 7
    assert done.error["message"].startswith("300 invalid rows: people.csv:2: ")
    assert done.error["message"].endswith("… and 280 more")
