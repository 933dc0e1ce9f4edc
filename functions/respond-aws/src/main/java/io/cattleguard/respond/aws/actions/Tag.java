package io.cattleguard.respond.aws.actions;

/** A tag of a cloud resource. */
public record Tag(String key, String value) {
  /** What says of a resource that responses may touch it, unless a setting says otherwise. */
  public static final Tag DEFAULT = new Tag("cattleguard:respond", "allowed");

  @Override
  public String toString() {
    return key + "=" + value;
  }
}
