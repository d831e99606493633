"""Which passages of a model's text are its answer: reasoning taken out, code fences found."""

from __future__ import annotations

import re
from typing import Final

_TAG_NAMES: Final = (
    "think|thinking|thought|thoughts|reasoning|reason|reflection|analysis|scratchpad"
)
# `<think>`, `</Reasoning >`, `[THINK]`, `[/THINK]`; not `<thinker>` or `<think about it>`.
_TAG = re.compile(
    rf"<(?P<close>/)?\s*(?P<name>{_TAG_NAMES})\s*>|\[(?P<close2>/)?(?P<name2>THINK)\]",
    re.IGNORECASE,
)
# gpt-oss writes <|channel|>analysis<|message|>...<|end|>...<|channel|>final<|message|>...
_FINAL_CHANNEL = re.compile(r"<\|channel\|>\s*final\b[^<]{0,200}<\|message\|>")
_CHANNEL = re.compile(r"<\|channel\|>")
# `<|end|>`, `<|im_end|>`
_MARKER = re.compile(r"<\|[a-z_]{1,40}\|>")
# A value's quotation marks, by what stands outside of them.
# Looked at no further than this to each side of a tag.
_LINE: Final = 2_000
# `{"`, `: "`, `["`; not `,",`, where the mark more likely ends a string.
_STRING_OPENS = re.compile(r"(?:[:,\[{(]|\A)\s*[\"'“‘](?!\s*[,:}\])])")
# `",`, `"}`, `":` or a mark at the end of its line.
_STRING_ENDS = re.compile(r"[\"'”’]\s*[,:}\])\n]")
# `<answer><![CDATA[`, with no bracket before it that might open a value.
_SECTION = re.compile(r"[^{\[]{0,400}?<!\[CDATA\[")
_BRACKET = re.compile(r"[{\[]")

# "```json", "~~~", "````c++", also inside of a Markdown quotation: "> ```json".
_FENCE = re.compile(r"^[ \t>]*+(`{3,}|~{3,})[ \t]*+([\w+.-]*+)", re.MULTILINE)
# The `> ` with which each line of a Markdown quotation begins.
_QUOTE_MARK = re.compile(r"^[ \t]*+> ?", re.MULTILINE)
_MAX_TAGS: Final = 200
"""Tags that are looked at."""
_MAX_FENCES: Final = 64
"""Fences that are looked at."""
_JSON_NAMES: Final = frozenset({"json", "json5", "jsonc", "jsonl", "ndjson", "application"})
"""Languages of a fence that mean JSON; ``application`` is what is read of ``application/json``."""


def without_reasoning(text: str) -> str:
    """Return ``text`` without what the model thought aloud, in tags or in a channel of its own."""
    if "<|" in text:
        text = _last_channel(text)
    if (section := _SECTION.match(text)) is not None:
        text = text[section.end() :].replace("]]>", " ", 1)
    if "<" not in text and "[" not in text:
        return text
    return _without_tags(text)


def _last_channel(text: str) -> str:
    """Return what was said in the final channel, where the text has channels."""
    final = max(_FINAL_CHANNEL.finditer(text), key=lambda found: found.end(), default=None)
    if final is not None:
        text = text[final.end() :]
    elif not _CHANNEL.search(text):
        return text
    end = _MARKER.search(text) if final is not None else None
    return text[: end.start()] if end and _BRACKET.search(text, 0, end.start()) else text


def _without_tags(text: str) -> str:
    """Return the text without ``<think>...</think>`` and its kin.

    An unclosed one reaches to the end of the text. A tag that opens after the first bracket is left
    alone: it may stand inside a value.
    """
    kept: list[str] = []
    pos, opened = 0, None
    is_value = text.lstrip()[:1] in ("{", "[")
    for count, tag in enumerate(_TAG.finditer(text)):
        if count >= _MAX_TAGS:
            break
        closing = bool(tag["close"] or tag["close2"])
        if closing and opened is None and _is_quoted(text, tag):
            continue
        if closing and opened is None:
            if is_value or _within_value(text, pos, tag.start()):
                continue
            # Some chat templates swallow the opening tag.
            kept.clear()
            pos = tag.end()
        elif closing and opened is not None:
            pos, opened = tag.end(), None
        elif not closing and opened is None and not _BRACKET.search(text, pos, tag.start()):
            kept.append(text[pos : tag.start()])
            opened = tag.end()
    if opened is None:
        kept.append(text[pos:])
    return "".join(kept)


def _is_quoted(text: str, tag: re.Match[str]) -> bool:
    """Whether a tag stands inside a string: one opens before it on its line and ends behind it."""
    line = text[max(0, tag.start() - _LINE) : tag.start()].rpartition("\n")[2]
    *_, opener = [None, *_STRING_OPENS.finditer(line)]
    if opener is None or _STRING_ENDS.search(line, opener.end()):
        return False
    return bool(_STRING_ENDS.search(text[tag.end() : tag.end() + _LINE].partition("\n")[0] + "\n"))


def _within_value(text: str, pos: int, end: int) -> bool:
    """Whether a lone closing tag is more likely a part of a value than the end of reasoning."""
    opening = _BRACKET.search(text, pos, end)
    return opening is not None and not _BRACKET.search(text, end)


def fenced(text: str) -> tuple[str, ...]:
    """Return what stands inside code fences, those marked as JSON first.

    A fence that is not closed runs on to the end of the text.
    """
    blocks: list[tuple[int, str]] = []
    opened: re.Match[str] | None = None
    for count, fence in enumerate(_FENCE.finditer(text)):
        if count >= _MAX_FENCES:
            break
        if opened is None:
            opened = fence
        elif fence[1][0] == opened[1][0] and len(fence[1]) >= len(opened[1]):
            # As in CommonMark (4.5): the same character, at least as many of it.
            blocks.append((_fence_rank(opened[2]), _block_after(text, opened, fence.start())))
            opened = None
    if opened is not None:
        blocks.append((_fence_rank(opened[2]), _block_after(text, opened, len(text))))
    return tuple(block for _, block in sorted(blocks, key=lambda ranked: ranked[0]))


def _block_after(text: str, fence: re.Match[str], end: int) -> str:
    """Return what stands behind a fence, without the marks of a quotation that it stands in."""
    block = text[fence.end() : end].strip()
    return _QUOTE_MARK.sub("", block) if ">" in fence[0] else block


def _fence_rank(language: str) -> int:
    name = language.lower()
    return 0 if name in _JSON_NAMES else 1 if not name else 2
