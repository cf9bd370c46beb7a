#!/bin/sh
# Makes what tests/python/siem.py and ocsf.py run with: Python's gRPC and the schema of OCSF in target/python, and stubs of
# the .proto files beside it.
#
# Python with virtual environments comes from deploy/setup.sh python. Where it, or PyPI, is missing this says so and
# leaves nothing; the tests that need it are then listed as ignored.
set -eu

cd "$(dirname "$0")/../.."
home=target/python
missing() {
    rm -rf "$home/stubs"
    echo "tests/python/setup.sh: $1; neither the Python client nor OCSF is tested with it" >&2
    exit 0
}

[ -x "$home/bin/python" ] || python3 -m venv "$home" || missing "no Python with virtual environments"
"$home/bin/python" -m pip install --quiet --disable-pip-version-check -r tests/python/requirements.txt ||
    missing "PyPI gives no gRPC or no schema of OCSF"
rm -rf "$home/stubs"
mkdir -p "$home/stubs.new"
"$home/bin/python" -m grpc_tools.protoc -I proto/proto --python_out "$home/stubs.new" --grpc_python_out "$home/stubs.new" \
    proto/proto/plumbline/v1/*.proto
mv "$home/stubs.new" "$home/stubs"
# siem.py finds them there, whoever runs it with this Python.
"$home/bin/python" - <<'END'
import pathlib, sysconfig
stubs = pathlib.Path("target/python/stubs").resolve()
pathlib.Path(sysconfig.get_path("purelib"), "plumbline.pth").write_text(f"{stubs}\n")
END
