"""The model that independent clients of Anaplan work with."""

from __future__ import annotations

from mlc_sandbox.anaplan import (
    DeleteSpec,
    ExportSpec,
    ListImport,
    ListSpec,
    MemberSpec,
    ModelSpec,
    ModuleImport,
    ModuleSpec,
    ProcessSpec,
    ViewSpec,
)

MODEL = ModelSpec(
    name="Group Planning",
    lists=[
        ListSpec(
            "Accounts",
            members=[MemberSpec("1000", "Cash"), MemberSpec("2000", "Sales")],
            properties={"Type": "TEXT", "Obsolete": "BOOLEAN"},
        )
    ],
    time=("Jan 26", "Feb 26"),
    modules=[
        ModuleSpec(
            "GL",
            dimensions=("Accounts", "Time", "Versions"),
            line_items=("Amount",),
            views=(ViewSpec("By period", ("Accounts",), ("Time",), ("Versions", "Line items")),),
        )
    ],
    imports=[
        ListImport("Load Accounts", "Accounts", columns={"Code": "code", "Name": "name"}),
        ModuleImport(
            "Load Actuals",
            "GL",
            columns={"Account": "Accounts", "Period": "Time", "Amount": "Amount"},
            fixed={"Versions": "Actual"},
        ),
    ],
    exports=[ExportSpec("Actuals out", "GL", codes=("Accounts",))],
    actions=[DeleteSpec("Drop obsolete", "Accounts", "Obsolete")],
    processes=[ProcessSpec("Nightly", ("Load Actuals", "Drop obsolete"))],
)
