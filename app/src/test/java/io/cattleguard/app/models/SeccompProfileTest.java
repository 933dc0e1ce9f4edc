package io.cattleguard.app.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import io.cattleguard.app.testing.Policies;
import io.cattleguard.app.testing.Shell;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A complete record of system calls becomes a profile, and nothing else does. */
final class SeccompProfileTest {
  /**
   * A folder with config-linux.json, defs-linux.json and defs.json of the runtime specification.
   */
  private static final String SCHEMAS = "CATTLEGUARD_TEST_RUNTIME_SPEC";

  private static final String WEB = "prod/shop/Deployment/web/nginx";
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final String SEEN =
      ", count: 9, first: 2026-03-02, last: 2026-03-09, pods: 3, starts: 3 }\n";

  /** Loads a profile as a container runtime does, and replaces itself by a program. */
  private static final String LOADER =
      """
      import ctypes, json, os, struct, sys
      profile = json.load(open(sys.argv[1]))
      numbers = json.load(open(sys.argv[2]))
      assert profile["defaultAction"] == "SCMP_ACT_ERRNO", profile["defaultAction"]
      allow, refuse = 0x7fff0000, 0x00050001
      code = [(0x20, 0, 0, 4), (0x15, 1, 0, 0xc000003e), (0x06, 0, 0, refuse), (0x20, 0, 0, 0)]
      for rule in profile["syscalls"]:
          assert rule["action"] == "SCMP_ACT_ALLOW", rule["action"]
          for name in rule["names"]:
              if name in numbers:
                  code += [(0x15, 0, 1, numbers[name]), (0x06, 0, 0, allow)]
      code.append((0x06, 0, 0, refuse))
      text = b"".join(struct.pack("HBBI", *one) for one in code)
      kept = ctypes.create_string_buffer(text)
      program = struct.pack("HxxxxxxP", len(code), ctypes.addressof(kept))
      libc = ctypes.CDLL(None, use_errno=True)
      assert libc.prctl(38, 1, 0, 0, 0) == 0
      if libc.prctl(22, 2, ctypes.c_char_p(program), 0, 0) != 0:
          sys.exit("no filter: " + os.strerror(ctypes.get_errno()))
      os.execv(sys.argv[3], sys.argv[3:])
      """;

  @TempDir private Path folder;

  @BeforeEach
  void copyThePolicy() throws IOException {
    Policies.copyDefault(folder);
  }

  private void model(String starts, String... calls) throws IOException {
    StringBuilder text =
        new StringBuilder(
            """
            workload: { cluster: prod, namespace: shop, kind: Deployment, name: web, container: nginx }
            mode: observing
            observed: { from: 2026-03-02T09:00:00Z, to: 2026-03-09T09:00:00Z, changed: 2026-03-02T09:00:12Z }
            starts: [a, b, c]
            """);
    text.append("traced: [").append(starts).append("]\n");
    text.append("covers: [programs]\nprograms:\n  - { path: /usr/sbin/nginx").append(SEEN);
    text.append(calls.length == 0 ? "" : "systemCalls:\n");
    for (String call : calls) {
      text.append("  - { name: ").append(call).append(SEEN);
    }
    Path models = Files.createDirectories(folder.resolve("models"));
    Files.writeString(models.resolve("web.yaml"), text);
  }

  private Shell.Result export(String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of("model", "export", "--policy", folder.toString(), "--as", "seccomp", WEB));
    arguments.addAll(Arrays.asList(more));
    return new Shell().run(arguments.toArray(String[]::new));
  }

  private static Set<String> names(JsonNode profile) {
    return StreamSupport.stream(profile.at("/syscalls/0/names").spliterator(), false)
        .map(JsonNode::asText)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void aProfileAllowsTheCallsOfTheModelAndOfTheRuntime() throws IOException {
    model("a, b, c", "accept4, abi: x64", "epoll_wait, abi: x64");
    Shell.Result result = export();
    assertEquals(0, result.code(), result.err());
    JsonNode profile = JSON.readTree(result.out());
    assertEquals("SCMP_ACT_ERRNO", profile.path("defaultAction").asText());
    assertEquals(
        "[\"SCMP_ARCH_X86_64\",\"SCMP_ARCH_X86\",\"SCMP_ARCH_X32\"]",
        profile.path("architectures").toString());
    assertEquals("SCMP_ACT_ALLOW", profile.at("/syscalls/0/action").asText());
    Set<String> names = names(profile);
    assertTrue(names.containsAll(List.of("accept4", "epoll_wait")), names.toString());
    assertTrue(names.containsAll(List.of("execve", "capset", "close_range")), "of the runtime");
    assertTrue(names.containsAll(List.of("restart_syscall", "rt_sigreturn")), "of every program");
    for (String never : List.of("mount", "pivot_root", "unshare", "setns", "ptrace", "mkdirat")) {
      assertFalse(names.contains(never), never);
    }
    assertTrue(
        result.err().contains("localhostProfile: cattleguard/model-deployment-web-nginx-"),
        result.err());
    assertTrue(result.err().contains("/var/lib/kubelet/seccomp/cattleguard/"), result.err());
  }

  @Test
  void anArchitectureIsWrittenWithThoseThatItsProcessorRunsToo() throws IOException {
    model("a, b, c", "accept4, abi: arm64");
    assertEquals(
        "[\"SCMP_ARCH_AARCH64\",\"SCMP_ARCH_ARM\"]",
        JSON.readTree(export().out()).path("architectures").toString());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'' | '' | the model has no system calls",
        "'' | 'accept4, abi: x64' | only a part: no start of the container was recorded",
        "a, b | 'accept4, abi: x64' | the tracer was off, or did not select the pod, in 1 start",
        "b, c | 'accept4, abi: x64' | recorded in 2 starts of the container, needs 3",
        "a, b, c | 'unknown, abi: x64' | a call whose number is not known",
      })
  void anIncompleteRecordIsRefusedAlsoWithForce(String starts, String call, String why)
      throws IOException {
    model(starts, call.isEmpty() ? new String[0] : new String[] {call});
    Shell.Result result = export("--force");
    assertEquals(2, result.code());
    assertEquals("", result.out());
    assertTrue(result.err().contains(why), result.err());
    assertTrue(result.err().contains("models/README.md#system-calls"), result.err());
    assertTrue(result.err().contains("RuntimeDefault"), result.err());
  }

  @Test
  void aFileOfItsOwnForEachContainer() throws IOException {
    model("a, b, c", "accept4, abi: x64");
    Path out = Files.createDirectories(folder.resolve("profiles"));
    assertEquals(0, export("--out", out.toString()).code());
    try (Stream<Path> files = Files.list(out)) {
      Path file = files.findFirst().orElseThrow();
      assertTrue(file.toString().endsWith(".json"), file.toString());
      assertTrue(names(JSON.readTree(file.toFile())).contains("accept4"));
    }
  }

  @Test
  void aDryRunSaysWhichRecordedCallWouldBeBlocked() throws IOException {
    model("a, b, c", "accept4, abi: x64");
    Path recording = folder.resolve("tetragon.log");
    Files.writeString(recording, call(288) + call(83) + call(9_999));
    Shell.Result result = export("--cluster", "prod", "--dry-run", recording.toString());
    assertEquals(1, result.code(), result.err());
    assertTrue(result.out().contains(WEB + " calls mkdir (x64), 1 time"), result.out());
    assertTrue(result.out().contains("1 observations allowed, 1 blocked, 1 unknown"), result.out());
    Shell.Result json = export("--json", "--cluster", "prod", "--dry-run", recording.toString());
    assertEquals(1, json.code(), json.err());
    assertEquals(1, json.json().path("allowed").asInt());
    assertEquals(
        "{\"workload\":\"" + WEB + "\",\"entry\":\"call:x64/mkdir\",\"count\":1}",
        json.json().at("/blocked/0").toString());
    assertEquals("call:x64/unknown", json.json().at("/unknown/0/entry").asText());
    assertTrue(export("--json").err().contains("--json is for --dry-run"));
  }

  private static String call(int number) {
    return call("0123456789abcdef", "10", number);
  }

  /** A call right after the start of a container on a day of March. */
  private static String call(String container, String day, int number) {
    return """
    {"process_tracepoint":{"process":{"binary":"/usr/sbin/nginx",\
    "start_time":"2026-03-%2$sT08:59:00.1Z",\
    "pod":{"namespace":"shop","name":"web-7d4b9c6f5-x2k9p","workload":"web",\
    "workload_kind":"Deployment","container":{"id":"containerd://%1$s","name":"nginx",\
    "pid":1,"start_time":"2026-03-%2$sT08:59:00Z"}}},"subsys":"raw_syscalls","event":"sys_enter",\
    "args":[{"syscall_id":{"id":%3$d,"abi":"x64"}}],"policy_name":"cattleguard-system-calls"},\
    "node_name":"n1","time":"2026-03-%2$sT08:59:00.101Z"}
    """
        .formatted(container, day, number);
  }

  @Test
  void whatTetragonRecordedBecomesAProfile() throws IOException {
    StringBuilder recording = new StringBuilder();
    for (String day : List.of("02", "03", "04")) {
      for (int number : new int[] {9, 12, 288, 41}) {
        recording.append(call("container-" + day, day, number));
      }
    }
    Path file = Files.writeString(folder.resolve("tetragon.log"), recording);
    String[] learn = {"learn", "--policy", folder.toString(), "--cluster", "prod", file.toString()};
    assertEquals(0, new Shell().run(learn).code());
    Path model = folder.resolve("models/prod_shop_deployment_web_nginx.yaml");
    String text = Files.readString(model);
    assertTrue(text.contains("systemCalls:\n  - { name: accept4, abi: x64, count: 3"), text);
    assertTrue(text.contains("traced:\n  - container-02\n  - container-03\n"), text);
    assertFalse(text.contains("\"*\""), text);
    assertTrue(export().err().contains("it is learning"));
    Files.writeString(model, text.replace("mode: learning", "mode: observing"));
    Shell.Result result = export();
    assertEquals(0, result.code(), result.err());
    assertTrue(names(JSON.readTree(result.out())).containsAll(List.of("accept4", "socket")));
    Shell.Result replay =
        new Shell()
            .run("replay", "--policy", folder.toString(), "--cluster", "prod", file.toString());
    assertTrue(
        replay.out().replaceAll("\\s+", " ").contains("12 ignored: not alerts"),
        "a recorded call is no alert: " + replay.out());
  }

  @Test
  void aProfileIsValidByTheSchemaOfTheRuntimeSpecification() throws IOException {
    String schemas = System.getenv(SCHEMAS);
    assumeTrue(schemas != null && !schemas.isEmpty(), "set " + SCHEMAS);
    JsonNode seccomp =
        JSON.readTree(Path.of(schemas, "config-linux.json").toFile())
            .at("/linux/properties/seccomp");
    JsonNode definitions = JSON.readTree(Path.of(schemas, "defs-linux.json").toFile());
    assertTrue(seccomp.has("properties") && definitions.has("definitions"), schemas);
    ObjectNode schema = seccomp.deepCopy();
    schema.set("definitions", definitions.path("definitions"));
    ((ObjectNode) schema.path("definitions"))
        .setAll(
            (ObjectNode) JSON.readTree(Path.of(schemas, "defs.json").toFile()).path("definitions"));
    JsonNode local = JSON.readTree(schema.toString().replaceAll("\"defs(-linux)?\\.json#", "\"#"));
    close(local);
    JsonSchema checked = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V4).getSchema(local);
    model("a, b, c", "accept4, abi: x64", "accept4, abi: arm64");
    JsonNode profile = JSON.readTree(export().out());
    assertEquals(Set.of(), checked.validate(profile));
    JsonNode wrong = JSON.readTree(profile.toString().replace("SCMP_ACT_ERRNO", "SCMP_ACT_NO"));
    assertFalse(checked.validate(wrong).isEmpty(), "the schema is read");
    ((ObjectNode) wrong).put("defaultAction", "SCMP_ACT_ERRNO").put("comment", "x");
    assertFalse(checked.validate(wrong).isEmpty(), "unknown fields are errors");
  }

  /** The specification allows other fields; a runtime would ignore what is misspelt. */
  private static void close(JsonNode schema) {
    if (schema instanceof ObjectNode object && object.path("properties").isObject()) {
      object.put("additionalProperties", false);
    }
    schema.forEach(SeccompProfileTest::close);
  }

  private static Map<String, Integer> numbers() throws IOException {
    Map<String, Integer> numbers = new TreeMap<>();
    try (InputStream in =
        SeccompProfileTest.class.getResourceAsStream(
            "/io/cattleguard/sources/tetragon/calls-x64.txt")) {
      String text = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
      for (String line : text.lines().filter(each -> !each.startsWith("#")).toList()) {
        String[] words = line.split(" ", -1);
        for (int i = 1; i < words.length; i++) {
          numbers.put(words[i], Integer.parseInt(words[0]) + i - 1);
        }
      }
    }
    return numbers;
  }

  private static boolean runs(String... command) {
    try {
      return run(command).isEmpty();
    } catch (IOException e) {
      return false;
    }
  }

  /** What the command printed if it failed, else nothing. */
  private static String run(String... command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      assertTrue(process.waitFor(20, TimeUnit.SECONDS), String.join(" ", command));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
    return process.exitValue() == 0 ? "" : "exit code " + process.exitValue() + ": " + out;
  }

  private String under(Path profile, String... command) throws IOException {
    Path loader = Files.writeString(folder.resolve("loader.py"), LOADER);
    Path numbers =
        Files.writeString(folder.resolve("numbers.json"), JSON.writeValueAsString(numbers()));
    List<String> all =
        new ArrayList<>(
            List.of("python3", loader.toString(), profile.toString(), numbers.toString()));
    all.addAll(Arrays.asList(command));
    return run(all.toArray(String[]::new));
  }

  private static void assumeKernel() {
    assumeTrue(
        System.getProperty("os.name").equals("Linux")
            && System.getProperty("os.arch").equals("amd64")
            && runs("python3", "-c", "import ctypes"),
        "needs Linux on x86_64 and python3");
  }

  @Test
  void theKernelRefusesACallThatTheModelDoesNotHave() throws IOException {
    assumeKernel();
    Set<String> calls = new TreeSet<>(numbers().keySet());
    calls.removeAll(Set.of("mkdir", "mkdirat"));
    model("a, b, c", calls.stream().map(name -> name + ", abi: x64").toArray(String[]::new));
    Path profile = Files.writeString(folder.resolve("profile.json"), export().out());
    Path made = folder.resolve("made");
    assertEquals("", under(profile, "/bin/sh", "-c", "echo works"));
    assertTrue(
        under(profile, "/bin/mkdir", made.toString()).contains("Operation not permitted"), "mkdir");
    assertFalse(Files.exists(made));
  }

  @Test
  void aProgramRunsWithTheCallsThatWereRecordedOfItAndAnotherDoesNot() throws IOException {
    assumeKernel();
    Path trace = folder.resolve("trace");
    String[] work = {"/bin/ls", "-l", folder.toString()};
    assumeTrue(
        runs("strace", "-f", "-qq", "-o", trace.toString(), work[0], work[1], work[2]),
        "needs strace");
    Set<String> calls = new TreeSet<>();
    Matcher matcher =
        Pattern.compile("(?m)^[0-9]+ +([a-z0-9_]+)\\(").matcher(Files.readString(trace));
    while (matcher.find()) {
      calls.add(matcher.group(1));
    }
    assertTrue(calls.contains("execve") && calls.size() > 10, calls.toString());
    model("a, b, c", calls.stream().map(name -> name + ", abi: x64").toArray(String[]::new));
    Path profile = Files.writeString(folder.resolve("profile.json"), export().out());
    assertEquals("", under(profile, work));
    assertFalse(under(profile, "/bin/mkdir", folder.resolve("made").toString()).isEmpty());
    assertFalse(under(profile, "/bin/sh", "-c", "/bin/ls; /bin/ls").isEmpty(), "it cannot fork");
  }
}
