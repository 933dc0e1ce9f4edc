package io.cattleguard.models;

import java.util.Comparator;

/**
 * One thing that a workload does. Texts are normalised by {@link Ephemeral}, so that what differs
 * with every start is the same entry.
 */
public sealed interface Entry extends Comparable<Entry> {
  /** The order in a model file: by kind, then by text. */
  Comparator<Entry> ORDER =
      Comparator.comparing(Entry::kind)
          .thenComparing(Entry::subject)
          .thenComparing(Entry::detail)
          .thenComparingInt(Entry::port);

  /** The kinds of entries. */
  enum Kind {
    EXECUTABLE,
    LISTENER,
    PEER,
    WRITTEN_FILE
  }

  /**
   * A program that runs.
   *
   * @param path its path
   * @param parent the path of the program that started it; its name if the source has no more,
   *     empty if it has nothing
   */
  record Executable(String path, String parent) implements Entry {
    @Override
    public Kind kind() {
      return Kind.EXECUTABLE;
    }

    @Override
    public String subject() {
      return path;
    }

    @Override
    public String detail() {
      return parent;
    }

    @Override
    public int port() {
      return 0;
    }
  }

  /**
   * A port on which the workload accepts connections.
   *
   * @param protocol {@code tcp} or {@code udp}
   * @param port the port, or {@link #EPHEMERAL}
   */
  record Listener(String protocol, int port) implements Entry {
    @Override
    public Kind kind() {
      return Kind.LISTENER;
    }

    @Override
    public String subject() {
      return protocol;
    }

    @Override
    public String detail() {
      return "";
    }
  }

  /** A port that the kernel chose, which differs every time. */
  int EPHEMERAL = 0;

  /** Of a peer: every port. Only people write it. */
  int ANY_PORT = -1;

  /** Of a peer: the source does not tell its port, such as for a name that was looked up. */
  int NO_PORT = -2;

  /** How a peer is named. */
  enum PeerKind {
    /** A Kubernetes service, {@code namespace/name}. */
    SERVICE,
    /** A DNS name that was looked up. */
    DNS,
    /**
     * A network or a class of addresses: {@code private}, {@code 203.0.113.0/24}, or an address
     * with a meaning of its own such as {@code 169.254.169.254/32}.
     */
    NETWORK
  }

  /**
   * Something that the workload connects to.
   *
   * @param name the peer, as its kind says
   * @param port the peer's port, {@link #EPHEMERAL}, {@link #ANY_PORT} or {@link #NO_PORT}
   */
  record Peer(PeerKind peerKind, String name, int port) implements Entry {
    @Override
    public Kind kind() {
      return Kind.PEER;
    }

    @Override
    public String subject() {
      return name;
    }

    @Override
    public String detail() {
      return peerKind.name();
    }
  }

  /**
   * A file that is written outside the volumes.
   *
   * @param path the file's path
   */
  record WrittenFile(String path) implements Entry {
    @Override
    public Kind kind() {
      return Kind.WRITTEN_FILE;
    }

    @Override
    public String subject() {
      return path;
    }

    @Override
    public String detail() {
      return "";
    }

    @Override
    public int port() {
      return 0;
    }
  }

  /** The kind. */
  Kind kind();

  /** What it is about: a path, a peer's name or a protocol. */
  String subject();

  /** What further tells it from others; empty if nothing does. */
  String detail();

  /** The port, else 0. */
  int port();

  @Override
  default int compareTo(Entry other) {
    return ORDER.compare(this, other);
  }
}
