package io.cattleguard.app.init;

import java.util.List;

/** Where all alerts are stored, and the variables that the settings of that destination name. */
enum Siem {
  NONE("", ""),
  SPLUNK(
      """
      type: splunk-hec
          url-from: CATTLEGUARD_SPLUNK_URL
          token-from: CATTLEGUARD_SPLUNK_TOKEN\
      """,
      "CATTLEGUARD_SPLUNK_URL CATTLEGUARD_SPLUNK_TOKEN"),
  ELASTICSEARCH(
      """
      type: elasticsearch
          url-from: CATTLEGUARD_ELASTIC_URL
          api-key-from: CATTLEGUARD_ELASTIC_KEY
          index: security-cattleguard\
      """,
      "CATTLEGUARD_ELASTIC_URL CATTLEGUARD_ELASTIC_KEY"),
  S3(
      """
      type: s3
          bucket-from: CATTLEGUARD_LAKE_BUCKET\
      """,
      "CATTLEGUARD_LAKE_BUCKET"),
  WEBHOOK(
      """
      type: webhook
          url-from: CATTLEGUARD_WEBHOOK_URL
          key-from: CATTLEGUARD_WEBHOOK_KEY\
      """,
      "CATTLEGUARD_WEBHOOK_URL CATTLEGUARD_WEBHOOK_KEY");

  /** The keys of the destination beside its name. */
  final String settings;

  private final String variables;

  Siem(String settings, String variables) {
    this.settings = settings;
    this.variables = variables;
  }

  /** The environment variables to set. */
  List<String> variables() {
    return variables.isEmpty() ? List.of() : List.of(variables.split(" ", -1));
  }
}
