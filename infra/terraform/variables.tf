# What you must say: your clusters. Everything else has a default that observes and touches nothing.

variable "clusters" {
  description = <<-EOT
    The clusters whose sensors report here, by the name that the sensor is given (EKS's own name of the cluster).
    Its sensor's way in, one of:
      oidc_provider_arn  IAM OIDC provider of a cluster in this account (IRSA)
      pod_identity       true: EKS Pod Identity, cluster in this account
      sensor_role_arn    the sensor's role in another account of the organisation; that account's Terraform makes it
    respond, where respond is to act in it; left out, the cluster is only listened to:
      endpoint               the API server's https:// address
      certificate_authority  its CA certificate, base64 as EKS gives it
      role_arn               a role of the cluster's account that respond assumes, where that is another account
      external_id            what that role's trust policy insists on, if anything
  EOT
  type = map(object({
    oidc_provider_arn = optional(string)
    pod_identity      = optional(bool, false)
    sensor_role_arn   = optional(string)
    respond = optional(object({
      endpoint              = string
      certificate_authority = string
      role_arn              = optional(string)
      external_id           = optional(string)
    }))
  }))

  # The name becomes part of an IAM condition: a wildcard in it would let one sensor speak for all.
  validation {
    condition     = alltrue([for name in keys(var.clusters) : can(regex("^[0-9A-Za-z][0-9A-Za-z_-]{0,99}$", name))])
    error_message = "A cluster's name has letters, digits, - and _ only, up to 100, as EKS has it. No wildcards, no dots."
  }
  # IAM's names know no case, and statements are named without hyphens.
  validation {
    condition     = length(distinct([for name in keys(var.clusters) : lower(replace(name, "/[_-]/", ""))])) == length(var.clusters)
    error_message = "Names of clusters must differ by more than case, - and _: their roles and the bus's statements could not be told apart."
  }
  validation {
    condition     = !contains(keys(var.clusters), "canary")
    error_message = "The name canary is taken: the canary's alerts come from cattleguard.sensor.canary. Give the cluster another name."
  }
  validation {
    condition = alltrue([
      for cluster in values(var.clusters) :
      (cluster.sensor_role_arn == null) == (cluster.oidc_provider_arn != null || cluster.pod_identity)
    ])
    error_message = "Each cluster needs a way in for its sensor: oidc_provider_arn or pod_identity = true (in this account), or else sensor_role_arn (in another account)."
  }
  validation {
    condition = alltrue([
      for cluster in values(var.clusters) :
      cluster.oidc_provider_arn == null || can(regex("^arn:[a-z-]+:iam::[0-9]{12}:oidc-provider/[^*?]+$", cluster.oidc_provider_arn))
    ])
    error_message = "oidc_provider_arn is the ARN of an IAM OIDC provider: arn:aws:iam::111122223333:oidc-provider/oidc.eks.…"
  }
  validation {
    condition = alltrue(flatten([
      for cluster in values(var.clusters) : [
        for role in [cluster.sensor_role_arn, try(cluster.respond.role_arn, null)] :
        role == null || can(regex("^arn:[a-z-]+:iam::[0-9]{12}:role/[^*?]+$", role))
      ]
    ]))
    error_message = "sensor_role_arn and respond.role_arn are ARNs of one IAM role each, without wildcards: arn:aws:iam::111122223333:role/…"
  }
  validation {
    condition = alltrue([
      for cluster in values(var.clusters) :
      cluster.respond == null ? true : can(regex("^https://[^/]+$", cluster.respond.endpoint)) && can(regex("-----BEGIN CERTIFICATE-----", base64decode(cluster.respond.certificate_authority)))
    ])
    error_message = "respond.endpoint is https://host and nothing after it; respond.certificate_authority is a PEM certificate in base64, as EKS gives it."
  }
}

variable "name" {
  description = "The bus's name, and the beginning of every other name. A second stack in the account needs another one."
  type        = string
  default     = "cattleguard"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,23}$", var.name))
    error_message = "name has 2 to 24 lower-case letters, digits and hyphens and begins with a letter; names of IAM roles begin with it."
  }
}

variable "tags" {
  description = "Tags of everything, besides the provider's own default tags."
  type        = map(string)
  default     = {}
}

# ---- What respond may do

variable "response_mode" {
  description = "The most that respond may do, whatever a playbook says. observe: its role and its group in the cluster can change nothing. enforce: they can do what playbooks of mode enforce (or approve) ask for."
  type        = string
  default     = "observe"

  validation {
    condition     = contains(["observe", "enforce"], var.response_mode)
    error_message = "response_mode is observe or enforce. Modes of single playbooks stand in the policy."
  }
}

variable "ec2_actions" {
  description = "What respond may do to EC2, of quarantine-instance and revoke-ingress; only on what carries response_tag, and only in response_mode enforce."
  type        = set(string)
  default     = []

  validation {
    condition     = length(setsubtract(var.ec2_actions, ["quarantine-instance", "revoke-ingress"])) == 0
    error_message = "ec2_actions knows quarantine-instance and revoke-ingress."
  }
}

variable "response_tag" {
  description = "Without this tag respond changes no EC2 resource. quarantine-instance looks at the network interface's tags, revoke-ingress at the security group's."
  type        = object({ key = string, value = string })
  default     = { key = "cattleguard:respond", value = "allowed" }

  # A wildcard, a policy variable or an empty value would match more than one tag.
  validation {
    condition     = can(regex("^[0-9A-Za-z:/_.@+=-]{1,128}$", var.response_tag.key)) && can(regex("^[0-9A-Za-z:/_.@+=-]{1,256}$", var.response_tag.value))
    error_message = "response_tag needs a key and a value of letters, digits and : / _ . @ + = - (no wildcards, no $, not empty)."
  }
}

variable "quarantine_vpcs" {
  description = "VPCs in which quarantine-instance may work, ids by any name: each gets a security group without any rule."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for id in values(var.quarantine_vpcs) : can(regex("^vpc-[0-9a-f]+$", id))])
    error_message = "quarantine_vpcs are ids of VPCs: vpc-…"
  }
  validation {
    condition     = !contains(var.ec2_actions, "quarantine-instance") || length(var.quarantine_vpcs) > 0
    error_message = "quarantine-instance needs a group without rules in each VPC: name the VPCs in quarantine_vpcs."
  }
}

variable "respond_vpc" {
  description = "Where respond runs, for clusters whose API server is private: subnets with a way to EventBridge, DynamoDB, STS (and EC2), and groups that the API server lets in. None of the other functions is in a VPC."
  type        = object({ subnet_ids = set(string), security_group_ids = set(string) })
  default     = null

  validation {
    condition     = var.respond_vpc == null ? true : length(var.respond_vpc.subnet_ids) > 0 && length(var.respond_vpc.security_group_ids) > 0
    error_message = "respond_vpc needs at least one subnet and one security group; leave it out for no VPC."
  }
}

# ---- Who may speak

variable "organisation_id" {
  description = "The AWS organisation, o-…; sensors of other accounts must belong to it."
  type        = string
  default     = null

  validation {
    condition     = var.organisation_id == null || can(regex("^o-[a-z0-9]{10,32}$", var.organisation_id))
    error_message = "organisation_id looks like o-a1b2c3d4e5."
  }
  validation {
    condition     = var.organisation_id != null || alltrue([for cluster in values(var.clusters) : cluster.sensor_role_arn == null])
    error_message = "A cluster with sensor_role_arn lies in another account: say organisation_id, so that the bus can insist that the account is of yours."
  }
}

variable "sensor_service_account" {
  description = "Namespace and name of the sensor's service account; the defaults are those of `helm install cattleguard-sensor sensor/chart --namespace cattleguard`."
  type        = object({ namespace = optional(string, "cattleguard"), name = optional(string, "cattleguard-sensor") })
  default     = {}

  # In a trust policy a wildcard would let every pod be the sensor.
  validation {
    condition     = alltrue([for name in values(var.sensor_service_account) : can(regex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", name))])
    error_message = "sensor_service_account: namespace and name are names as Kubernetes has them, without wildcards."
  }
}

variable "findings" {
  description = "Findings of the account's default bus that come in besides sensors' alerts: guardduty, security-hub."
  type        = set(string)
  default     = []

  validation {
    condition     = length(setsubtract(var.findings, ["guardduty", "security-hub"])) == 0
    error_message = "findings knows guardduty and security-hub."
  }
}

# ---- What runs

variable "packages" {
  description = "The functions' zips; where one is left out, it is where `./mvnw package` leaves it in this repository."
  type = object({
    deduplicate        = optional(string)
    score              = optional(string)
    route              = optional(string)
    respond-kubernetes = optional(string)
    respond-aws        = optional(string)
  })
  default = {}
}

variable "policy_directory" {
  description = "The directory with scoring.yaml, routes.yaml, suppressions.yaml and playbooks/; left out, it is this repository's policy/, which observes. Try it first with `./cattleguard test --policy DIR`."
  type        = string
  default     = null

  # The functions would start with built-in weights, no route and no playbook, and say nothing.
  validation {
    condition     = var.policy_directory == null ? true : length(fileset(var.policy_directory, "*.yaml")) > 0
    error_message = "policy_directory has no *.yaml in it: is the path right, relative to where Terraform runs?"
  }
}

variable "route_settings" {
  description = "What routes.yaml names with `…-from`, by that name: CATTLEGUARD_SLACK_TOKEN and so on. They become environment variables of route alone, and stand in the state: keep it encrypted, and name a kms_key_arn."
  type        = map(string)
  default     = {}
  sensitive   = true

  validation {
    condition     = alltrue([for name in nonsensitive(keys(var.route_settings)) : can(regex("^CATTLEGUARD_[A-Z0-9_]{1,100}$", name))])
    error_message = "Names in route_settings begin with CATTLEGUARD_, as in routes.yaml."
  }
}

variable "runtime" {
  description = "Lambda's Java. java25 needs version 6 of the AWS provider."
  type        = string
  default     = "java21"

  validation {
    condition     = contains(["java21", "java25"], var.runtime)
    error_message = "runtime is java21 or java25."
  }
}

variable "architecture" {
  description = "arm64 costs a fifth less a second; the zips run on both."
  type        = string
  default     = "arm64"

  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "architecture is arm64 or x86_64."
  }
}

variable "memory_megabytes" {
  description = "Memory of each function; 1,769 MB is one processor."
  type = object({
    deduplicate = optional(number, 1024)
    score       = optional(number, 1024)
    route       = optional(number, 1024)
    respond     = optional(number, 1769)
  })
  default = {}

  validation {
    condition     = alltrue([for megabytes in values(var.memory_megabytes) : megabytes >= 512 && megabytes <= 10240 && floor(megabytes) == megabytes])
    error_message = "memory_megabytes are whole numbers from 512 to 10240; below 512 Java starts too slowly to be of use."
  }
}

variable "maximum_concurrency" {
  description = "How many of each function run at once: what bounds the cost of a storm, the messages a second to Slack, and the reach of a wrong playbook."
  type = object({
    deduplicate = optional(number, 20)
    score       = optional(number, 10)
    route       = optional(number, 2)
    respond     = optional(number, 5)
  })
  default = {}

  validation {
    condition     = alltrue([for number in values(var.maximum_concurrency) : number >= 2 && number <= 1000 && floor(number) == number])
    error_message = "maximum_concurrency are whole numbers from 2 (the least that Lambda takes) to 1000. To stop a function altogether see \"The big red button\" in the README."
  }
  validation {
    condition     = var.maximum_concurrency.respond <= 20
    error_message = "More than 20 respond at once is no longer containment: an alert storm would reach half a cluster before its budgets are read again."
  }
}

# ---- What is kept, and who hears

variable "log_retention_days" {
  description = "How long logs are kept."
  type        = number
  default     = 30

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days is one of the numbers that CloudWatch takes: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, … (0, for ever, is refused)."
  }
}

variable "archive_retention_days" {
  description = "How long the bus keeps events for a replay. A replayed event never leads to a response."
  type        = number
  default     = 30

  validation {
    condition     = var.archive_retention_days >= 1 && floor(var.archive_retention_days) == var.archive_retention_days
    error_message = "archive_retention_days is a whole number from 1 on."
  }
}

variable "deletion_protection" {
  description = "Whether the tables refuse to be deleted. One of them knows how to undo what respond did: release every containment before you set this to false and destroy."
  type        = bool
  default     = true
}

variable "alarm_topic_arns" {
  description = "SNS topics that hear every alarm and its end. Without one the alarms are only seen by who looks."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for arn in var.alarm_topic_arns : can(regex("^arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[^*?]+$", arn))])
    error_message = "alarm_topic_arns are ARNs of SNS topics."
  }
}

variable "canary_minutes" {
  description = "How often a made-up alert of no weight is sent down the whole road, so that its silence can be an alarm; each is a problem of its own, seen by the SIEM and by nobody else."
  type        = number
  default     = 15

  validation {
    condition     = var.canary_minutes >= 5 && var.canary_minutes <= 60 && floor(var.canary_minutes) == var.canary_minutes
    error_message = "canary_minutes is a whole number from 5 to 60."
  }
}

variable "kms_key_arn" {
  description = "A key of yours for bus, queues, tables, logs and functions' variables. Its policy must let the services use it: see the README. Left out, AWS's own keys encrypt."
  type        = string
  default     = null

  # An alias would be resolved by some of the services only.
  validation {
    condition     = var.kms_key_arn == null || can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[0-9a-z-]+$", var.kms_key_arn))
    error_message = "kms_key_arn is the ARN of a key, not an alias: arn:aws:kms:…:key/…"
  }
}

variable "permissions_boundary_arn" {
  description = "The permissions boundary of every role that is made here."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary_arn == null || can(regex("^arn:[a-z-]+:iam::([0-9]{12}|aws):policy/[^*?]+$", var.permissions_boundary_arn))
    error_message = "permissions_boundary_arn is the ARN of an IAM policy."
  }
}
