package io.cattleguard.models;

import java.util.Comparator;

/**
 * One behaviour of a workload. {@link Ephemeral} normalises the texts, so that behaviour with
 * random parts is the same entry at every start.
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
    WRITTEN_FILE,
    SYSTEM_CALL
  }

  /**
   * A program that runs.
   *
   * @param path its path
   * @param parent the path of the program that started it; its name if the source reports only
   *     that, empty if unknown
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

  /** Every port of a peer. Only people write it. */
  int ANY_PORT = -1;

  /** An unknown port of a peer, for example of a name that was looked up. */
  int NO_PORT = -2;

  /** The kinds of peers' names. */
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
   * A peer that the workload connects to.
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

  /**
   * A call of the kernel.
   *
   * @param name its name, or {@link #UNKNOWN}
   * @param abi {@code x64}, {@code i386}, {@code arm64} or {@code arm32}; empty if the source does
   *     not tell
   */
  record SystemCall(String name, String abi) implements Entry {
    /** The name of a call whose number or ABI is not known. */
    public static final String UNKNOWN = "unknown";

    /**
     * Not a call: a start of the container of which all calls were recorded. A {@link Learner}
     * turns it into {@link Model#traced}.
     */
    public static final SystemCall RECORDED = new SystemCall("*", "");

    @Override
    public Kind kind() {
      return Kind.SYSTEM_CALL;
    }

    @Override
    public String subject() {
      return name;
    }

    @Override
    public String detail() {
      return abi;
    }

    @Override
    public int port() {
      return 0;
    }
  }

  /** The kind. */
  Kind kind();

  /** The subject: a path, a peer's name or a protocol. */
  String subject();

  /** The detail that distinguishes it from other entries; empty if there is none. */
  String detail();

  /** The port, else 0. */
  int port();

  @Override
  default int compareTo(Entry other) {
    return ORDER.compare(this, other);
  }
}
