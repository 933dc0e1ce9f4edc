variable "stack" {
  description = "What all functions of one stack share. The root module builds it as `local.stack`."
  type = object({
    name                     = string
    bus_name                 = string
    bus_arn                  = string
    runtime                  = string
    architecture             = string
    log_retention_days       = number
    alarm_topic_arns         = set(string)
    runbook                  = optional(string, "")
    kms_key_arn              = string
    permissions_boundary_arn = string
    tags                     = map(string)
  })
}

variable "name" {
  description = "The step's name. Every resource is named after the stack and the step: `cattleguard-score`."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z-]{0,29}$", var.name))
    error_message = "name has 1 to 30 lower-case letters and hyphens, and begins with a letter."
  }
}

variable "description" {
  description = "The function's description in Lambda."
  type        = string
}

# ---- From the bus into the queue

variable "pattern" {
  description = "The rule's event pattern, as JSON: a file of events/patterns."
  type        = string
}

variable "other_rule_arns" {
  description = "ARNs of other rules that may send to the queue."
  type        = list(string)
  default     = []
}

variable "delivery_retry" {
  description = "How long EventBridge retries a delivery to the queue. The default is EventBridge's own: 24 hours, 185 attempts."
  type        = object({ maximum_age_seconds = number, maximum_attempts = number })
  default     = null
}

variable "visibility_timeout_seconds" {
  description = "Time until a message is delivered again after a failure. It must be longer than `timeout_seconds`."
  type        = number
  default     = 180

  validation {
    condition     = var.visibility_timeout_seconds > var.timeout_seconds
    error_message = "visibility_timeout_seconds must be longer than timeout_seconds, or two invocations get the same message."
  }
}

variable "message_retention_seconds" {
  description = "Time after which the queue drops a message that was not processed. Default: 4 days."
  type        = number
  default     = 345600
}

variable "maximum_receives" {
  description = "Deliveries of one message before it goes to the dead-letter queue `…-failed`."
  type        = number
  default     = 5
}

variable "oldest_message_alarm_seconds" {
  description = "Age of the oldest message in the queue that raises an alarm."
  type        = number
  default     = 300
}

# ---- The function

variable "batch_size" {
  description = "Messages per invocation."
  type        = number
  default     = 10
}

variable "maximum_concurrency" {
  description = "Maximum number of concurrent invocations."
  type        = number
}

variable "handler" {
  description = "The handler's class, with its package."
  type        = string
}

variable "package" {
  description = "Path of the function's zip. `plan` fails if the file does not exist."
  type        = string
}

variable "memory_megabytes" {
  description = "Memory. 1,769 MB give one full vCPU."
  type        = number
}

variable "timeout_seconds" {
  description = "Time after which Lambda ends an invocation."
  type        = number
  default     = 30
}

variable "layers" {
  description = "ARNs of the layer versions that the function mounts under /opt."
  type        = list(string)
}

variable "environment" {
  description = "Environment variables: exactly those that the handler reads. A Java test compares them with the code."
  type        = map(string)
}

variable "vpc" {
  description = "Subnets and security groups to run in. By default the function is in no VPC."
  type        = object({ subnet_ids = set(string), security_group_ids = set(string) })
  default     = null
}

variable "publishes" {
  description = "Source and detail type of the events that the function may publish on the stack's bus. `*` in the source stands for any text. By default it may not publish events."
  type        = object({ source = string, detail_type = string, other_detail_types = optional(list(string), []) })
  default     = null
}

variable "statements" {
  description = "The role's own statements, as the JSON of an `aws_iam_policy_document`. The module adds what every function needs: queue, log, encryption key, and `publishes`."
  type        = string
}
