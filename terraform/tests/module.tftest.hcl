# Plans alone, against a provider that only knows its schema: no Juju is needed.
mock_provider "juju" {}

variables {
  model_uuid = "00000000-0000-4000-8000-000000000000"
}

run "defaults" {
  command = plan

  assert {
    condition     = juju_application.lxd_integrator.name == "lxd-integrator"
    error_message = "the application is named as the charm"
  }

  assert {
    condition     = one(juju_application.lxd_integrator.charm).name == "lxd-integrator"
    error_message = "the charm is this one"
  }

  assert {
    condition     = juju_application.lxd_integrator.units == 1
    error_message = "one unit"
  }

  assert {
    condition     = juju_application.lxd_integrator.trust == false
    error_message = "nobody is trusted unasked"
  }

  assert {
    condition     = output.provides == { api = "api" }
    error_message = "the endpoint is api"
  }
}

run "takes_a_secret_by_its_uri" {
  command = plan

  variables {
    config = {
      lxd_endpoint           = "10.10.10.10:8443"
      lxd_credentials_secret = "secret:9m4e2mr0ui3e8a215n4g"
      restrict_to_projects   = "one,two"
    }
  }

  assert {
    condition     = juju_application.lxd_integrator.config["lxd_credentials_secret"] == "secret:9m4e2mr0ui3e8a215n4g"
    error_message = "options reach the application as they are"
  }
}

run "places_units_on_machines" {
  command = plan

  variables {
    machines = ["0", "1/lxd/0"]
  }

  assert {
    condition     = juju_application.lxd_integrator.machines == toset(["0", "1/lxd/0"])
    error_message = "the machines reach the application"
  }
}

run "refuses_a_key" {
  command = plan

  variables {
    config = { lxd_client_key = "anything" }
  }

  expect_failures = [var.config]
}

run "refuses_a_key_in_another_option" {
  command = plan

  variables {
    config = { lxd_client_cert = "-----BEGIN EC PRIVATE KEY-----" }
  }

  expect_failures = [var.config]
}

run "refuses_a_secret_that_is_no_uri" {
  command = plan

  variables {
    config = { lxd_credentials_secret = "my-secret" }
  }

  expect_failures = [var.config]
}

run "refuses_an_option_that_is_misspelt" {
  command = plan

  variables {
    config = { lxd_endpiont = "10.10.10.10" }
  }

  expect_failures = [var.config]
}

run "refuses_another_base" {
  command = plan

  variables {
    base = "ubuntu@18.04"
  }

  expect_failures = [var.base]
}

run "refuses_a_channel_without_a_risk" {
  command = plan

  variables {
    channel = "latest"
  }

  expect_failures = [var.channel]
}

run "refuses_another_endpoint" {
  command = plan

  variables {
    endpoint_bindings = [{ space = "lan", endpoint = "apii" }]
  }

  expect_failures = [var.endpoint_bindings]
}

run "refuses_part_of_a_unit" {
  command = plan

  variables {
    units = 1.5
  }

  expect_failures = [var.units]
}
