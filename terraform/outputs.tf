output "application" {
  description = "The application, with all that the provider tells of it."
  value       = juju_application.lxd_integrator
}

output "provides" {
  description = "The endpoints that other charms can be related to."
  value = {
    api = "api"
  }
}
