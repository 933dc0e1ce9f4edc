package io.cattleguard.sources.tetragon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The tables of system calls, compared with the kernel's headers where they are installed. */
final class CallNumbersTest {
  private static final Pattern NUMBER =
      Pattern.compile("(?m)^#define __NR_([a-z0-9_]+)\\s+([0-9]+)$");

  private static Map<Integer, String> header(String... candidates) throws IOException {
    for (String candidate : candidates) {
      Path file = Path.of(candidate);
      if (Files.exists(file)) {
        Map<Integer, String> names = new TreeMap<>();
        Matcher matcher = NUMBER.matcher(Files.readString(file));
        while (matcher.find()) {
          names.put(Integer.valueOf(matcher.group(2)), matcher.group(1));
        }
        return names;
      }
    }
    assumeTrue(false, "no kernel headers: " + List.of(candidates));
    return Map.of();
  }

  private static void assertHas(Map<Integer, String> header, String abi, int atLeast) {
    assertTrue(header.size() > atLeast, header.size() + " names in the header");
    Map<Integer, String> ours = new TreeMap<>(CallNumbers.read(abi));
    ours.keySet().retainAll(header.keySet());
    assertEquals(header, ours);
  }

  @Test
  void theNumbersOfX64AreThoseOfTheHeaders() throws IOException {
    assertHas(
        header("/usr/include/x86_64-linux-gnu/asm/unistd_64.h", "/usr/include/asm/unistd_64.h"),
        "x64",
        300);
  }

  @Test
  void theNumbersOfI386AreThoseOfTheHeaders() throws IOException {
    assertHas(
        header("/usr/include/x86_64-linux-gnu/asm/unistd_32.h", "/usr/include/asm/unistd_32.h"),
        "i386",
        400);
  }

  /** The header also has calls that only 32 bits have, and numbers that are no calls. */
  @Test
  void theNumbersOfArm64AreThoseOfTheGenericHeader() throws IOException {
    Map<Integer, String> header = header("/usr/include/asm-generic/unistd.h");
    Set<String> none = Set.of("syscalls", "arch_specific_syscall", "sync_file_range2");
    header.values().removeIf(name -> none.contains(name) || name.endsWith("time64"));
    header.values().removeIf(name -> name.endsWith("64") && name.startsWith("clock_"));
    header.values().removeIf(name -> name.endsWith("64") && name.startsWith("timer"));
    assertHas(header, "arm64", 250);
  }

  @ParameterizedTest
  @CsvSource({
    "x64, 0, read",
    "x64, 59, execve",
    "x64, 469, file_setattr",
    "i386, 11, execve",
    "i386, 102, socketcall",
    "arm64, 221, execve",
    "arm64, 79, newfstatat",
    "arm64, 244, ",
    "x64, 999999, ",
    "arm32, 11, ",
    "'', 0, ",
  })
  void aNumberHasTheNameOfItsAbi(String abi, int number, String name) {
    assertEquals(name, CallNumbers.name(abi, number).orElse(null));
  }
}
