variable "stack" {
  description = <<-EOT
    The stack that the clusters report to, in the security account. Everything is named, nothing is read from it, so that either
    account can be applied first:
      account        its account
      region         its region
      name           its `name`
      response_mode  its `response_mode`: observe or enforce
  EOT
  type = object({
    account       = string
    region        = string
    name          = optional(string, "cattleguard")
    response_mode = optional(string, "observe")
  })

  validation {
    condition     = can(regex("^[0-9]{12}$", var.stack.account)) && contains(["observe", "enforce"], var.stack.response_mode)
    error_message = "stack.account has 12 digits; stack.response_mode is observe or enforce."
  }
}

variable "clusters" {
  description = "Names of the EKS clusters in this account and region. Each has the add-on eks-pod-identity-agent, and the authentication mode API or API_AND_CONFIG_MAP."
  type        = set(string)

  validation {
    condition     = alltrue([for name in var.clusters : can(regex("^[0-9A-Za-z][0-9A-Za-z_-]{0,99}$", name))])
    error_message = "A cluster's name has up to 100 letters, digits, - and _, as in EKS."
  }
}

variable "respond" {
  description = "Whether the stack's respond-kubernetes reaches these clusters. false: they only send alerts."
  type        = bool
  default     = true
}

variable "sensor_service_account" {
  description = "Namespace and name of the sensor's service account, as in the chart."
  type        = object({ namespace = optional(string, "cattleguard"), name = optional(string, "cattleguard-sensor") })
  default     = {}
}

variable "permissions_boundary_arn" {
  description = "ARN of the permissions boundary of the roles."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags of all resources."
  type        = map(string)
  default     = {}
}
