"""Says whether events fit the published schema of OCSF 1.8.0: files of one JSON event a line, or of one event.

Class Detection Finding with the profiles container, host and incident, which is what Plumbline's sinks tell. Properties that the
schema does not know are refused. Ends with 1, and with where and why on the standard error, at the first event that does not fit.
"""

import json
import pathlib
import sys

import jsonschema
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema


def events(path):
    text = pathlib.Path(path).read_text(encoding="utf-8")
    try:
        return [json.loads(text)]
    except json.JSONDecodeError:
        return [json.loads(line) for line in text.splitlines()]


def main():
    published = OcsfJsonSchemaEmbedded(get_ocsf_schema(version="1.8.0"))
    schema = published.get_class_schema("detection_finding", ["container", "host", "incident"])
    validator = jsonschema.Draft202012Validator(schema)
    count = 0
    for path in sys.argv[1:]:
        for event in events(path):
            for error in validator.iter_errors(event):
                sys.exit(f"{path}: {error.json_path}: {error.message}")
            count += 1
    print(f"{count} events fit")


if __name__ == "__main__":
    main()
