#!/usr/bin/env python3
"""Draws the output of a terminal, read from standard input with its ECMA-48 colours, as an SVG."""
import re
import sys
import unicodedata
from xml.sax.saxutils import escape

COLOURS = ["#6b7280", "#f87171", "#4ade80", "#facc15", "#60a5fa", "#c084fc", "#22d3ee", "#e5e7eb"]
FOREGROUND, BACKGROUND, BAR = "#d7dce5", "#14181f", "#1f2530"
WIDTH, HEIGHT, MARGIN, TOP = 8.4, 19, 18, 40


def columns(text):
    """Returns how many columns a text takes; combining characters and variation selectors take none."""
    wide = 0
    for char in text:
        if char == "\ufe0f":
            wide += wide % 2  # the emoji form of a narrow character is wide
        elif not unicodedata.combining(char):
            wide += 2 if unicodedata.east_asian_width(char) in "WF" else 1
    return wide


def runs(line):
    """Yields the pieces of a line that share a style, each with that style."""
    style = {}
    for piece in re.split(r"(\x1b\[[0-9;]*m)", line):
        if not piece.startswith("\x1b"):
            if piece:
                yield piece, dict(style)
            continue
        for number in [int(n or 0) for n in piece[2:-1].split(";")]:
            if number == 0:
                style = {}
            elif number == 1:
                style["font-weight"] = "bold"
            elif number == 2:
                style["opacity"] = "0.65"
            elif number == 22:
                style.pop("font-weight", None), style.pop("opacity", None)
            elif 30 <= number <= 37 or 90 <= number <= 97:
                style["fill"] = COLOURS[number % 10]
            elif number == 39:
                style.pop("fill", None)


def main():
    lines = sys.stdin.read().rstrip("\n").split("\n")
    most = max(columns(re.sub(r"\x1b\[[0-9;]*m", "", line)) for line in lines)
    width, height = round(most * WIDTH + 2 * MARGIN), round(len(lines) * HEIGHT + TOP + MARGIN)
    print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">')
    print("<title>cowork-calls at a terminal</title>")
    print("<style>text{font-family:ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace;font-size:14px;white-space:pre}</style>")
    print(f'<rect width="{width}" height="{height}" rx="8" fill="{BACKGROUND}"/>')
    print(f'<path d="M0 8a8 8 0 0 1 8-8h{width - 16}a8 8 0 0 1 8 8v18H0z" fill="{BAR}"/>')
    for at, colour in enumerate(["#f87171", "#facc15", "#4ade80"]):
        print(f'<circle cx="{MARGIN + at * 18}" cy="13" r="5" fill="{colour}"/>')
    print(f'<g fill="{FOREGROUND}">')
    for number, line in enumerate(lines):
        at = 0
        for text, style in runs(line):
            # Words keep their columns in any font.
            for word in re.finditer(r"\S+(?: \S+)*", text):
                start = at + columns(text[: word.start()])
                x, y = MARGIN + start * WIDTH, TOP + number * HEIGHT + 12
                look = "".join(f' {name}="{value}"' for name, value in style.items())
                # Fonts draw emojis in sizes of their own.
                length = columns(word[0]) * WIDTH
                if word[0].isascii():
                    look += f' textLength="{length:.1f}" lengthAdjust="spacingAndGlyphs"'
                print(f'<text x="{x:.1f}" y="{y}"{look}>{escape(word[0])}</text>')
            at += columns(text)
    print("</g></svg>")


main()
