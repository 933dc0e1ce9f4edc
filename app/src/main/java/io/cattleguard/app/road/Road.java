package io.cattleguard.app.road;

import java.util.List;

/** What an input hands events to, once they are on disk with it. */
public interface Road {

  /**
   * Takes events over: when it returns they are safe here, and the input may forget them. Where it
   * throws, all of them are to be handed in again; a copy changes nothing.
   */
  void take(List<Taken> events);
}
