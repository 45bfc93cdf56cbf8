"""Tables for papers compile where a TeX is there, and no name is a command of LaTeX."""

import shutil
import subprocess

import pytest

from bench.suites import SUITES
from bench.tables.latex import escape, render_latex

FER4D = SUITES["fer4d"]
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
        r"Alpha\_\&\_Beta & + text & \textbf{90.0} [80.0, 100.0] & \textbf{90.0} [80.0, 100.0] & \textbf{90.0} "
        r"[80.0, 100.0] \\",
        r"Gamma & nothing & 50.0 [40.0, 60.0] & 50.0 [40.0, 60.0] & 50.0 [40.0, 60.0] \\",
        r"Delta & nothing & \multicolumn{3}{l}{needs 100 \% \{landmarks\}} \\",
    ]
    assert [table.count(rule) for rule in (r"\toprule", r"\midrule", r"\bottomrule")] == [1, 1, 1]
    assert "(stand-in: synthetic). 60 clips of 10 subjects" in table


def test_no_character_is_a_command():
    assert escape(r"\a{b}_c^d~e%f&g#h$i<j>") == (
        r"\textbackslash{}a\{b\}\_c\textasciicircum{}d\textasciitilde{}e\%f\&g\#h\$i\textless{}j\textgreater{}"
    )


@pytest.mark.skipif(TEX is None, reason="no TeX is installed")
def test_the_table_compiles(tmp_path, table):
    paper = "\\documentclass{article}\\usepackage{booktabs}\\begin{document}\n" + table + "\n\\end{document}\n"
    (tmp_path / "paper.tex").write_text(paper)
    options = ["-interaction=nonstopmode", "-halt-on-error"] if TEX.endswith("pdflatex") else []
    subprocess.run([TEX, *options, "paper.tex"], cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "paper.pdf").stat().st_size > 1000
