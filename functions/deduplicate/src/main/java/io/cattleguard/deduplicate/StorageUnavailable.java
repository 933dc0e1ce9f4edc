package io.cattleguard.deduplicate;

/** The store is unavailable. A redelivery may succeed. */
public final class StorageUnavailable extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Takes the error of the store. */
  public StorageUnavailable(String message, Throwable cause) {
    super(message, cause);
  }
}
