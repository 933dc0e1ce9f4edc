package io.cattleguard.app.server;

import io.cattleguard.events.HostileText;
import java.io.PrintStream;
import java.net.InetSocketAddress;

/** Prints a server's state to stdout, and problems to stderr. */
record UpLog(PrintStream out, PrintStream err) {
  /** Prints a line about the state. */
  void say(String line) {
    out.println(HostileText.visible(line, 2_000));
    out.flush();
  }

  /** Prints a sentence about what is wrong. */
  void trouble(String sentence) {
    err.println("cattleguard: " + HostileText.visible(sentence, 1_000));
  }

  /** An address as people write it. */
  static String inWords(InetSocketAddress address) {
    return address.getHostString() + ":" + address.getPort();
  }
}
