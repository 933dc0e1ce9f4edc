package io.cattleguard.respond.aws.actions;

/** A tag of a cloud resource. */
public record Tag(String key, String value) {
  /** The default tag of resources that responses may change. */
  public static final Tag DEFAULT = new Tag("cattleguard:respond", "allowed");

  @Override
  public String toString() {
    return key + "=" + value;
  }
}
