"""The page's style and script as C, with the hashes that allow them: embed.py CSS JS HEADER."""
import base64
import hashlib
import pathlib
import sys

css, js = (pathlib.Path(path).read_bytes() for path in sys.argv[1:3])


def source(data):
    return "sha256-" + base64.b64encode(hashlib.sha256(data).digest()).decode()


def literal(data):
    lines = data.decode().splitlines(keepends=True)
    return "\n".join('    "' + line.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"' for line in lines)


pathlib.Path(sys.argv[3]).write_text(f"""static const char page_css[] =
{literal(css)};
static const char page_js[] =
{literal(js)};
static const char page_policy[] =
    "default-src 'none'; style-src '{source(css)}'; script-src '{source(js)}'; base-uri 'none'; form-action 'none'";
""")
