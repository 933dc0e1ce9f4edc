package io.cattleguard.sources.tetragon;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** The numbers of system calls, from the kernel's headers: a resource per ABI. */
final class CallNumbers {
  /** The ABIs that Tetragon names; {@code arm32} has no table. */
  static final Set<String> ABIS = Set.of("x64", "i386", "arm64", "arm32");

  private static final Map<String, Map<Integer, String>> TABLES =
      Map.of("x64", read("x64"), "i386", read("i386"), "arm64", read("arm64"));

  private static final Set<String> NAMES = new TreeSet<>();

  static {
    TABLES.values().forEach(table -> NAMES.addAll(table.values()));
  }

  private CallNumbers() {}

  /** The name of a number; empty if the table of the ABI does not have it. */
  static Optional<String> name(String abi, int number) {
    return Optional.ofNullable(TABLES.getOrDefault(abi, Map.of()).get(number));
  }

  /** Whether a system call of any ABI has this name. */
  static boolean isName(String name) {
    return NAMES.contains(name);
  }

  /** A line has a number and the names of this and the following numbers. */
  static Map<Integer, String> read(String abi) {
    Map<Integer, String> names = new HashMap<>();
    String resource = "calls-" + abi + ".txt";
    try (InputStream in = CallNumbers.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException("no resource " + resource);
      }
      new BufferedReader(new InputStreamReader(in, StandardCharsets.US_ASCII))
          .lines()
          .filter(line -> !line.startsWith("#"))
          .forEach(line -> add(line.split(" "), names));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Map.copyOf(names);
  }

  private static void add(String[] words, Map<Integer, String> names) {
    int first = Integer.parseInt(words[0]);
    for (int i = 1; i < words.length; i++) {
      if (names.put(first + i - 1, words[i]) != null) {
        throw new IllegalStateException("two names of the number " + (first + i - 1));
      }
    }
  }
}
