"""Configuration: models of tenants, calendars, loads and plans, and the loader that reports every fault at once."""

from mlc_pipelines.config.anaplan import (
    AnaplanAuth,
    AnaplanConnection,
    BasicAuth,
    CertificateAuth,
    OAuthCodeAuth,
    OAuthDeviceAuth,
)
from mlc_pipelines.config.base import BaseUrl, ConfigModel, SecretRef, set_again
from mlc_pipelines.config.loader import (
    Configuration,
    files_state,
    load_configuration,
    read_configuration,
    require_home,
)
from mlc_pipelines.config.loads import (
    ClearingAction,
    Column,
    Condition,
    ConstantColumn,
    FieldColumn,
    Load,
    PeriodColumn,
    SumColumn,
)
from mlc_pipelines.config.maps import CodeMap
from mlc_pipelines.config.plan import Approval, PeriodSource, Plan, PlanColumns
from mlc_pipelines.config.references import EntityDeclaration, ErpDeclaration, FieldDeclaration
from mlc_pipelines.config.schedule import Schedule
from mlc_pipelines.config.starter import template_kinds, write_template
from mlc_pipelines.config.tenant import Tenant
from mlc_pipelines.fiscal import union_of_periods

__all__ = [
    "AnaplanAuth",
    "AnaplanConnection",
    "Approval",
    "BaseUrl",
    "BasicAuth",
    "CertificateAuth",
    "ClearingAction",
    "CodeMap",
    "Column",
    "Condition",
    "ConfigModel",
    "Configuration",
    "ConstantColumn",
    "EntityDeclaration",
    "ErpDeclaration",
    "FieldColumn",
    "FieldDeclaration",
    "Load",
    "OAuthCodeAuth",
    "OAuthDeviceAuth",
    "PeriodColumn",
    "PeriodSource",
    "Plan",
    "PlanColumns",
    "Schedule",
    "SecretRef",
    "SumColumn",
    "Tenant",
    "files_state",
    "load_configuration",
    "read_configuration",
    "require_home",
    "set_again",
    "template_kinds",
    "union_of_periods",
    "write_template",
]
