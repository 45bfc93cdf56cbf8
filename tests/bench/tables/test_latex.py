"""Tables for papers compile where a TeX is there, and no name is a command of LaTeX."""

import dataclasses
import shutil
import subprocess

import pytest

from bench.statistics.intervals import Score
from bench.suites import SUITES
from bench.tables.latex import PREAMBLE, escape, render_latex

FER4D = SUITES["fer4d"]
ONE = {"accuracy": Score(0.9, 0.8, 1.0)}
TEX = shutil.which("pdflatex") or shutil.which("tectonic")


@pytest.fixture
def table(make_record):
    records = [
        make_record("alpha_&_beta", 0.9, knows="+ text"),
        make_record("gamma", 0.5, family="floor"),
        make_record("delta", metrics={}, predictions=(), reason="needs 100 % {landmarks}"),
    ]
    return render_latex(FER4D, records)


def test_a_table_has_the_rules_of_booktabs_and_the_best_is_bold(table):
    rows = [line for line in table.splitlines() if line.endswith(r"\\")]
    assert rows == [
        r"method & knows & accuracy & macro F1 & UAR \\",
        r"Alpha\_\&\_Beta & + text & \textbf{90.0} {\footnotesize [80.0, 100.0]} & \textbf{90.0} & \textbf{90.0} \\",
        r"Gamma & nothing & 50.0 {\footnotesize [40.0, 60.0]} & 50.0 & 50.0 \\",
        r"Delta & nothing & \multicolumn{3}{l}{needs 100 \% \{landmarks\}} \\",
    ]
    assert [table.count(rule) for rule in (r"\toprule", r"\midrule", r"\bottomrule")] == [1, 1, 1]
    assert "(stand-in: synthetic). 60 clips of 10 subjects" in table


def test_no_character_is_a_command():
    assert escape(r"\a{b}_c^d~e%f&g#h$i<j>") == (
        r"\textbackslash{}a\{b\}\_c\textasciicircum{}d\textasciitilde{}e\%f\&g\#h\$i\textless{}j\textgreater{}"
    )


@pytest.mark.skipif(TEX is None, reason="no TeX is installed: apt-get install texlive-latex-recommended")
def test_the_tables_compile_and_fit_the_text(tmp_path, table, make_record):
    """Also one whose title and scores are far too wide for the page."""
    wide = {f"accuracy@{count}": Score(0.5, 0.4, 0.6) for count in (1, 2, 5, 10, 20, "all", "worst", "best")}
    title = "A method with a name that is far too long for a column of a paper"
    broad = render_latex(FER4D, [dataclasses.replace(make_record("one"), title=title, metrics={**ONE, **wide})])
    paper = [r"\documentclass{article}", PREAMBLE, r"\begin{document}", table, broad, r"\end{document}"]
    (tmp_path / "paper.tex").write_text("\n".join(paper))
    options = ["-interaction=nonstopmode", "-halt-on-error"] if TEX.endswith("pdflatex") else []
    done = subprocess.run([TEX, *options, "paper.tex"], cwd=tmp_path, check=True, capture_output=True, text=True)
    assert (tmp_path / "paper.pdf").stat().st_size > 1000
    assert "Overfull" not in done.stdout + done.stderr
