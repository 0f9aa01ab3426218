resource "juju_application" "lxd_integrator" {
  name       = var.app_name
  model_uuid = var.model_uuid

  charm {
    name     = "lxd-integrator"
    channel  = var.channel
    revision = var.revision
    base     = var.base
  }

  config            = var.config
  constraints       = var.constraints
  endpoint_bindings = var.endpoint_bindings
  trust             = var.trust

  # The provider takes one of the two, and an empty set of machines for one.
  machines = length(var.machines) > 0 ? var.machines : null
  units    = length(var.machines) > 0 ? null : var.units
}
