"""Mathematics as characters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from r1chat.export.formulas import BLOCK
from r1chat.tui.latex import display, inline
from r1chat.tui.mathematics import parser

MACROS = (
    *(r"\frac", r"\sqrt", r"\left(", r"\right)", r"\begin{cases}", r"\end{cases}", r"\begin{pmatrix}"),
    *(r"\end{pmatrix}", r"\\", r"\sum", r"\boxed", r"\text", r"\alpha", r"\foo", *"&{}^_x2+ %$[]"),
)


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        (r"x^2 + 5x+6=0", "x² + 5x + 6 = 0"),
        (r"\frac{a+b}{c}", "(a + b)/c"),
        (r"\frac12", "1/2"),
        (r"\dfrac{dy}{dx}", "dy/dx"),
        (r"x = \frac{-b \pm \sqrt{b^2-4ac}}{2a}", "x = (−b ± √(b² − 4ac))/(2a)"),
        (r"\boxed{4}", "⟦4⟧"),
        (r"\boxed{x = -2 \text{ or } x = -3}", "⟦x = −2 or x = −3⟧"),
        (r"\sum_{i=1}^n i", "∑ᵢ₌₁ⁿ i"),
        (r"\int_0^1 x\,dx", "∫₀¹ x dx"),
        (r"e^{i\pi}+1=0", "e^(iπ) + 1 = 0"),
        (r"\sin^2\theta", "sin² θ"),
        (r"10{,}000", "10,000"),
        (r"x\times(-3)", "x × (−3)"),
        (r"50\%", "50%"),
        (r"50% of x", "50%ofx"),
        (r"90^\circ", "90°"),
        (r"x \in \mathbb{R}", "x ∈ ℝ"),
        (r"\{1, 2\}", "{1, 2}"),
        (r"\underbrace{1+1}_{n \text{ terms}} = n", "(1 + 1)_(n terms) = n"),
        (r"A \xrightarrow{f} B \xleftarrow[g]{} C", "A →ᶠ B ←_g C"),
        (r"a \not= b, x \not\equiv y", "a ≠ b, x ≢ y"),
        (r"a \overset{!}{=} b", "a =^(!) b"),
        (r"\operatorname*{argmax}_{x} f \label{eq}", "argmaxₓ f"),
        (r"\ce{2H2 + O2 -> 2H2O}", "2H₂ + O₂ → 2H₂O"),
        (r"{n \choose k} {a \over b}", "(n k)a/b"),
        (r"\color{red} x~\texttt{a\_b}\hspace{1cm}y", "x a_b y"),
        (r"a \equiv b \pmod{n}", "a ≡ b  (mod n)"),
        (
            r"f(x)=\begin{cases} x & \text{if } x>0 \\ -x & \text{else} \end{cases}",
            "f(x) = {x  if x > 0; −x  else",
        ),
    ],
)
def test_a_formula_in_a_line(source: str, shown: str) -> None:
    assert inline(source) == shown


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        (r"\frac{a+b}{c}", [" a + b ", "───────", "   c   "]),
        (r"\sum_{i=1}^{n} i", ["  n    ", "  ∑   i", "i = 1  "]),
        (r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}", ["⎛ a  b ⎞", "⎝ c  d ⎠"]),
        (r"\begin{aligned} 2x &= 8 \\ x &= 4 \\ \end{aligned}", ["2x = 8", " x = 4"]),
        (r"\boxed{4}", ["┌───┐", "│ 4 │", "└───┘"]),
        (r"\left(\frac12\right)^{n}", ["     n", "⎛ 1 ⎞ ", "⎜───⎟ ", "⎝ 2 ⎠ "]),
        (r"|x|=\begin{cases} x \\ -x \end{cases}", ["|x| = ⎧ x  ", "      ⎩ −x "]),
        (r"\sqrt{x+1}", [" _____", "√x + 1"]),
        (r"\underbrace{a+b}_{n}", ["a + b", "└─┬─┘", "  n  "]),
        (r"\overbrace{a+b}^{n} c", ["  n   ", "┌─┴─┐ ", "a + bc"]),
        (r"A \xrightarrow[g]{f} B", ["  f   ", "A ─→ B", "  g   "]),
        (r"\sum_{\substack{i<n \\ j<m}} i", ["  ∑   i", "i < n  ", "j < m  "]),
    ],
)
def test_a_formula_of_its_own(source: str, shown: list[str]) -> None:
    assert list(display(source)) == shown


@pytest.mark.parametrize("source", [r"\frac{a", "x^", "}", r"\begin{cases} x", r"\left( x", "{" * 5000, ""])
def test_what_is_unfinished_or_absurd_is_shown_as_it_stands(source: str) -> None:
    assert inline(source).replace("(x", r"\left( x").strip("{") in {source.strip("{"), "x"}
    assert isinstance(display(source), tuple)


@given(st.lists(st.sampled_from(MACROS), max_size=40).map("".join) | st.text(max_size=60))
def test_no_source_breaks_it(source: str) -> None:
    assert isinstance(inline(source), str)
    lines = display(source)
    if len(source.splitlines()) == 1:
        assert len({cell_len(line) for line in lines}) <= 1


def test_a_root_of_what_is_tall_stands_straight() -> None:
    assert display("\\sqrt{\\frac{1}{2}}") == ("   ___", "  ╱ 1 ", " ╱ ───", "√   2 ")


def shown(markdown: str) -> list[str]:
    """Text of the lines, and displayed formulas, in order."""
    found: list[str] = []
    for token in parser().parse(markdown):
        if token.type == "inline":
            found.append("".join(child.content for child in token.children or ()))
        elif token.type == BLOCK:
            found.append(f"[{token.content.strip()}]")
    return found


@pytest.mark.parametrize(
    ("markdown", "lines"),
    [
        (r"The answer is \(\boxed{4}\).", ["The answer is ⟦4⟧."]),
        (r"So \boxed{6}.", ["So ⟦6⟧."]),
        (r"$x^2$ costs $5 and $6, `\(x\)` stays.", [r"x² costs $5 and $6, \(x\) stays."]),
        ("It costs $5, or $1,200.50 and `$x$`.", ["It costs $5, or $1,200.50 and $x$."]),
        ("Pay $5 for one and ten for 10$, or $a b$.", ["Pay $5 for one and ten for 10$, or ab."]),
        ("Then\n\\[ x = 4 \\]\nand so on", ["Then", "[x = 4]", "and so on"]),
        ("$$\n\\frac12\n$$", [r"[\frac12]"]),
        ("\\begin{align}\na &= b\n\\end{align}", ["[\\begin{align}\na &= b\n\\end{align}]"]),
        ("- one\n\n  \\[\n  x_1*y*z\n  \\]\n", ["one", "[x_1*y*z]"]),
        (r"text \[ x = 4 \] more", ["text x = 4 more"]),
        ("| a |\n|---|\n| $x^2$ |", ["a", "x²"]),
        ("```\n\\[ x \\]\n```", []),
        (r"\( open", ["( open"]),
        ("- [ ] one\n- [X] two\n- [x]three", ["☐ one", "☑ two", "[x]three"]),
    ],
)
def test_where_mathematics_stands_in_markdown(markdown: str, lines: list[str]) -> None:
    assert shown(markdown) == lines


def test_a_break_in_a_cell_is_one() -> None:
    cell = next(token for token in parser().parse("| a<br>b <BR/> c |\n|---|\n") if token.type == "inline")
    assert [child.type for child in cell.children or ()] == ["text", "hardbreak", "text", "hardbreak", "text"]


@pytest.mark.parametrize("answer", ["\\(\\)", "- \\(\\)", "a\n\n\\(\\)\n\nb"])
def test_a_formula_of_nothing_is_nothing(answer: str) -> None:
    inline_tokens = [token for token in parser().parse(answer) if token.type == "inline"]
    said = [child.content for token in inline_tokens for child in token.children or ()]
    assert "".join(said).replace("a", "").replace("b", "") == ""
