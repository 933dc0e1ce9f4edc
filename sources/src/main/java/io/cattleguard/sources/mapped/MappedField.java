package io.cattleguard.sources.mapped;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * A field of an alert that a mapping can fill. The cluster is not among them: it comes from the
 * sender's credential.
 */
public enum MappedField {
  RULE,
  TITLE,
  TIME,
  ATTACK,
  NODE,
  NAMESPACE,
  POD,
  POD_UID,
  WORKLOAD,
  CONTAINER_ID,
  CONTAINER_NAME,
  IMAGE,
  ACCOUNT,
  REGION,
  INSTANCE,
  SECURITY_GROUP,
  PRINCIPAL,
  RESOURCE,
  EXECUTABLE,
  PROCESS,
  COMMAND_LINE,
  PARENT,
  USER,
  PEER,
  PORT,
  FILE;

  /** The name in a policy: {@code container-id}. */
  public String key() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * The field of that name in a policy.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static MappedField named(String key) {
    return valueOf(key.toUpperCase(Locale.ROOT).replace('-', '_'));
  }

  /** All names. */
  public static List<String> keys() {
    return Arrays.stream(values()).map(MappedField::key).toList();
  }
}
