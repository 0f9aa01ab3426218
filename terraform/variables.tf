variable "app_name" {
  description = "Name of the application in the model."
  type        = string
  default     = "lxd-integrator"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9]*(-[a-z0-9]*[a-z][a-z0-9]*)*$", var.app_name))
    error_message = "app_name must be a name that Juju takes: lower-case letters, digits, dashes."
  }
}

variable "base" {
  description = "Base of the machines, such as ubuntu@24.04; null leaves it to Juju."
  type        = string
  default     = null

  validation {
    condition     = var.base == null ? true : contains(["ubuntu@20.04", "ubuntu@22.04", "ubuntu@24.04", "ubuntu@26.04"], var.base)
    error_message = "base must be one that the charm's manifest names: ubuntu@20.04, 22.04, 24.04 or 26.04."
  }
}

variable "channel" {
  description = "Channel of the charm: <track>/<risk>, and a branch if there is one."
  type        = string
  default     = "latest/stable"
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9.-]+/(stable|candidate|beta|edge)(/[a-zA-Z0-9.-]+)?$", var.channel))
    error_message = "channel must be <track>/<risk>, such as latest/stable."
  }
}

variable "config" {
  description = <<-EOT
    Options of the charm. A key never belongs here: what is here is in the state. Leave them empty and set `trust`, or
    name a secret by its URI in lxd_credentials_secret and grant it to the application.
  EOT
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition = alltrue([
      for option in keys(var.config) : contains([
        "lxd_endpoint",
        "lxd_client_cert",
        "lxd_server_cert",
        "lxd_credentials_secret",
        "restrict_to_projects",
      ], option)
    ])
    error_message = "config may hold lxd_endpoint, lxd_client_cert, lxd_server_cert, lxd_credentials_secret and restrict_to_projects. The key belongs into a secret."
  }

  validation {
    condition     = alltrue([for value in values(var.config) : !strcontains(value, "PRIVATE KEY")])
    error_message = "config holds a private key, which would be in the state for all who can read that. Put it into a secret."
  }

  validation {
    condition     = can(regex("^(secret:[a-z0-9/-]+)?$", lookup(var.config, "lxd_credentials_secret", "")))
    error_message = "lxd_credentials_secret must be the URI of a secret, secret:..."
  }
}

variable "constraints" {
  description = "Constraints of the machines, such as arch=arm64."
  type        = string
  default     = null
}

variable "endpoint_bindings" {
  description = "Spaces of the endpoints; without an endpoint, the space of all."
  type = set(object({
    space    = string
    endpoint = optional(string)
  }))
  default  = []
  nullable = false

  validation {
    condition     = alltrue([for binding in var.endpoint_bindings : contains(["", "api"], coalesce(binding.endpoint, "api"))])
    error_message = "the charm's only endpoint is api."
  }
}

variable "machines" {
  description = "Machines to place the units on, such as [\"0\", \"1/lxd/0\"]; instead of units."
  type        = set(string)
  default     = []
  nullable    = false
}

variable "model_uuid" {
  description = "UUID of the model."
  type        = string
  nullable    = false
}

variable "revision" {
  description = "Revision of the charm; null is the newest of the channel."
  type        = number
  default     = null
}

variable "trust" {
  description = "Let the charm use the credential of the model's cloud (juju trust)."
  type        = bool
  default     = false
  nullable    = false
}

variable "units" {
  description = "How many units."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = var.units >= 0 && floor(var.units) == var.units
    error_message = "units must be a whole number."
  }
}
