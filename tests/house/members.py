"""Counts the data members of structs and classes, as this project writes them: one statement, `;` at its end."""
import re

QUOTED_OR_COMMENT = re.compile(r'"(?:\\.|[^"\\\n])*"|//[^\n]*|/\*.*?\*/', re.DOTALL)
HEAD = re.compile(r"(?<!enum )\b(?:struct|class)\s+(?:[\w:]+::)?(\w+)(?:\s+final)?(?:\s*:[^;{]*)?\s*\{")
NO_MEMBER = re.compile(r"(using|friend|static|enum|typedef|template)\b")
NESTED = re.compile(r"(?:struct|class|union)\b[^{]*(\{\})?\s*(.*)", re.DOTALL)


def code_of(text):
    return QUOTED_OR_COMMENT.sub(lambda match: '""' if match.group(0)[0] == '"' else "", text)


def body_at(text, opening):
    depth = 0
    for at in range(opening, len(text)):
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        if depth == 0:
            return text[opening + 1:at]
    return ""


def own_level(body):
    """Without what stands in inner braces."""
    out, depth = [], 0
    for char in body:
        depth -= char == "}"
        if depth == 0:
            out.append(char)
        depth += char == "{"
    return "".join(out)


def without(pattern, text):
    while re.search(pattern, text):
        text = re.sub(pattern, "", text)
    return text


def statements(body):
    text = re.sub(r"^\s*#.*$", "", own_level(body), flags=re.MULTILINE)
    text = re.sub(r"\b(public|private|protected)\s*:", ";", text)
    text = re.sub(r"(\)[^;{}]*)\{\}", r"\1;", text)  # a function that is defined here
    return [one.strip() for one in text.split(";") if one.strip()]


def data_members(body):
    """[(name, whether it is a bool)]"""
    found = []
    for one in statements(body):
        nested = NESTED.match(one)
        if nested and nested.group(1) and nested.group(2):
            found.append((nested.group(2).strip(), False))
        if nested or NO_MEMBER.match(one):
            continue
        plain = without(r"<[^<>]*>", one)
        if "(" in re.split(r"=|\{", plain)[0]:
            continue
        names = without(r"\([^()]*\)", without(r"\{[^{}]*\}|=\s*[^,]*", plain)).split(",")
        boolean = bool(re.match(r"(mutable\s+|const\s+)*bool\b", plain))
        found += [(name.split()[-1].strip("&*"), boolean) for name in names if name.split()]
    return found


def classes(text):
    """(name, [(member, whether it is a bool)]) of each struct and class with a body."""
    code = code_of(text)
    for match in HEAD.finditer(code):
        yield match.group(1), data_members(body_at(code, match.end() - 1))
