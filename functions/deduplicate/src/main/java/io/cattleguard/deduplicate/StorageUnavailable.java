package io.cattleguard.deduplicate;

/** The memory cannot be reached or did not answer; another delivery may find it well again. */
public final class StorageUnavailable extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** With what the storage said. */
  public StorageUnavailable(String message, Throwable cause) {
    super(message, cause);
  }
}
