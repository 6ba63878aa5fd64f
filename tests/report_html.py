"""HTML read back: a small tree that refuses what is not closed, and what a reader of one language sees of it."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = {"meta", "link", "img", "br", "input", "hr"}


class Node:
    """An element: tag, attributes, children (elements and text)."""

    def __init__(self, tag: str, attributes: dict[str, str]) -> None:
        self.tag, self.attributes = tag, attributes
        self.children: list[Node | str] = []

    def all(self, tag: str | None = None, **wanted: str) -> list[Node]:
        """Elements below with this tag and these attributes (`class_`: one of the classes)."""
        found = []
        for child in self.children:
            if isinstance(child, Node):
                classes = child.attributes.get("class", "").split()
                fits = tag in (None, child.tag) and all(
                    (v in classes) if k == "class_" else child.attributes.get(k) == v
                    for k, v in wanted.items()
                )
                found += [child] if fits else []
                found += child.all(tag, **wanted)
        return found

    def text(self, language: str, *, names: bool = True) -> str:
        """What a reader of this language sees; without `names`: what is not marked as untranslated."""
        other = "en" if language == "ko" else "ko"
        if self.tag in ("style", "script", "desc", "title") or self.attributes.get("lang") == other:
            return ""
        if not names and (
            self.attributes.get("translate") == "no" or "hk-net" in self.attributes.get("class", "")
        ):
            return " "
        parts = [c.text(language, names=names) if isinstance(c, Node) else c for c in self.children]
        return "".join(parts).replace("\N{WORD JOINER}", "")


class Tree(HTMLParser):
    """Refuses what is not closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.root = Node("#", {})
        self.open = [self.root]
        self.feed(text)
        self.close()
        assert len(self.open) == 1, [node.tag for node in self.open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(attrs) == len(dict(attrs)), (tag, attrs)
        node = Node(tag, {k: v or "" for k, v in attrs})
        self.open[-1].children.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Node(tag, {k: v or "" for k, v in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag, tag

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)
