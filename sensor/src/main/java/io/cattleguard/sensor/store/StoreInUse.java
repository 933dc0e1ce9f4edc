package io.cattleguard.sensor.store;

import java.io.IOException;

/** Another process, or this one, has the store open. */
public final class StoreInUse extends IOException {
  private static final long serialVersionUID = 1L;

  StoreInUse(String message) {
    super(message);
  }
}
