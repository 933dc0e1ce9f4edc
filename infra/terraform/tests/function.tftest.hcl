# modules/function alone, with a mocked provider: what the root module's tests cannot reach.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  stack = {
    name                     = "cattleguard"
    bus_name                 = "cattleguard"
    bus_arn                  = "arn:aws:events:eu-central-1:123456789012:event-bus/cattleguard"
    runtime                  = "java21"
    architecture             = "arm64"
    log_retention_days       = 30
    alarm_topic_arns         = []
    kms_key_arn              = null
    permissions_boundary_arn = null
    tags                     = {}
  }
  name                = "score"
  description         = "score"
  pattern             = "{}"
  handler             = "io.cattleguard.score.ScoreHandler"
  package             = "versions.tf"
  memory_megabytes    = 1024
  maximum_concurrency = 10
  layers              = []
  environment         = {}
  statements          = "{}"
}

run "refuses_a_zip_that_is_not_there" {
  command = plan
  module {
    source = "./modules/function"
  }
  variables {
    package = "no-such.zip"
  }
  expect_failures = [aws_lambda_function.this]
}

run "refuses_a_message_for_two_invocations_at_once" {
  command = plan
  module {
    source = "./modules/function"
  }
  variables {
    timeout_seconds = 180
  }
  expect_failures = [var.visibility_timeout_seconds]
}

run "refuses_a_name_that_aws_cannot_carry" {
  command = plan
  module {
    source = "./modules/function"
  }
  variables {
    name = "Score"
  }
  expect_failures = [var.name]
}
