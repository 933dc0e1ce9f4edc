package io.cattleguard.app;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.tngtech.archunit.ArchConfiguration;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import io.cattleguard.events.Alert;
import io.cattleguard.events.TakesLong;
import io.cattleguard.events.trait.Trait;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.JavaCompiler.CompilationTask;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Checks the dependencies between modules, and that packages with decisions do no I/O. */
final class ArchitectureTest {
  private static final String ROOT = "io.cattleguard.";

  private static final Set<String> FUNCTIONS =
      Set.of(
          "deduplicate",
          "score",
          "reviewed",
          "learn",
          "route",
          "record",
          "operate",
          "answer",
          "respond",
          "respond.kubernetes",
          "respond.aws");

  private static final Map<String, Set<String>> MAY_KNOW =
      Map.ofEntries(
          Map.entry("events", Set.of()),
          Map.entry("sources", Set.of("events")),
          Map.entry("models", Set.of("events", "sources")),
          Map.entry("aws", Set.of("events")),
          Map.entry("edge", Set.of("events", "aws")),
          Map.entry("deduplicate", Set.of("events", "sources", "aws", "edge")),
          Map.entry("reviewed", Set.of("events", "sources", "models", "edge")),
          Map.entry("score", Set.of("events", "models", "aws", "edge", "reviewed")),
          Map.entry("learn", Set.of("events", "sources", "models", "aws", "edge", "reviewed")),
          Map.entry("route", Set.of("events", "aws", "edge")),
          Map.entry("record", Set.of("events", "aws", "edge")),
          Map.entry("operate", Set.of("events", "aws", "edge")),
          Map.entry("respond", Set.of("events", "aws", "edge")),
          Map.entry(
              "answer",
              Set.of(
                  "events",
                  "aws",
                  "edge",
                  "deduplicate",
                  "reviewed",
                  "record",
                  "respond",
                  "route")),
          Map.entry("respond.kubernetes", Set.of("events", "aws", "edge", "respond")),
          Map.entry("respond.aws", Set.of("events", "aws", "edge", "respond")),
          Map.entry("sensor", Set.of("events", "sources", "models", "aws")),
          Map.entry(
              "app",
              Set.of(
                  "events",
                  "sources",
                  "models",
                  "aws",
                  "edge",
                  "deduplicate",
                  "score",
                  "reviewed",
                  "learn",
                  "route",
                  "record",
                  "operate",
                  "answer",
                  "respond",
                  "respond.kubernetes",
                  "respond.aws",
                  "sensor")));

  private static final SliceAssignment PACKAGES =
      new SliceAssignment() {
        @Override
        public SliceIdentifier getIdentifierOf(JavaClass type) {
          return SliceIdentifier.of(type.getPackageName());
        }

        @Override
        public String getDescription() {
          return "packages";
        }
      };

  /**
   * Packages that do I/O. Every other package of events, sources, models, edge and the functions is
   * pure.
   */
  private static final Set<String> EDGE_PACKAGES =
      Set.of(
          "aws",
          "edge.lambda",
          "deduplicate.lambda",
          "score.lambda",
          "learn.lambda",
          "route.lambda",
          "route.aws",
          "route.destinations",
          "route.elastic",
          "route.http",
          "route.pagerduty",
          "route.s3",
          "route.secrets",
          "route.securityhub",
          "route.slack",
          "route.sns",
          "route.splunk",
          "route.teams",
          "route.webhook",
          "record.lambda",
          "record.stored",
          "operate.lambda",
          "answer.lambda",
          "respond.handler",
          "respond.evidence.store",
          "respond.kubernetes",
          "respond.kubernetes.eks",
          "respond.kubernetes.evidence",
          "respond.kubernetes.fabric8",
          "respond.kubernetes.policies",
          "respond.aws",
          "respond.aws.api",
          "respond.aws.ec2",
          "respond.aws.iam",
          "respond.aws.s3",
          "respond.aws.waf");

  /** Pure code may depend on it: a policy is read once, before the first alert. */
  private static final Set<String> READS_POLICY_FILES = Set.of("edge.policy", "reviewed");

  private static final Set<String> PURE_MODULES =
      Stream.concat(Stream.of("events", "sources", "models", "edge"), FUNCTIONS.stream())
          .collect(Collectors.toSet());

  private static final DescribedPredicate<JavaClass> EDGE =
      describe("do I/O", type -> EDGE_PACKAGES.contains(packageOf(type)));

  private static final DescribedPredicate<JavaClass> PURE =
      describe(
          "are pure",
          type ->
              PURE_MODULES.contains(module(type))
                  && !EDGE.test(type)
                  && !READS_POLICY_FILES.contains(packageOf(type)));

  /**
   * APIs that do I/O or that are not deterministic: network, files, environment, clock, randomness.
   */
  private static final DescribedPredicate<JavaClass> WORLD =
      resideInAnyPackage(
              "com.amazonaws..",
              "io.fabric8..",
              "java.net.http..",
              "java.nio.channels..",
              "java.sql..",
              "java.util.logging..",
              "org.slf4j..",
              "software.amazon.awssdk..")
          .or(
              nameMatching(
                  "java\\.io\\.(Console|RandomAccessFile|File(Reader|Writer|InputStream|OutputStream)?)"))
          .or(isA(ServerSocket.class))
          .or(isA(Socket.class))
          .or(isA(URLConnection.class))
          .or(isA(Files.class))
          .or(isA(RandomGenerator.class))
          .as("the network, a file, a log or chance");

  private static final DescribedPredicate<JavaAccess<?>> ASKS_THE_WORLD =
      describe(
          "the clock, the environment, the console or chance",
          access -> {
            String owner = access.getTargetOwner().getName();
            String name = access.getTarget().getName();
            return switch (owner) {
              case "java.lang.System" ->
                  Set.of(
                          "console",
                          "currentTimeMillis",
                          "err",
                          "getProperty",
                          "getenv",
                          "in",
                          "nanoTime",
                          "out")
                      .contains(name);
              case "java.lang.Thread" -> name.equals("sleep");
              case "java.lang.Math" -> name.equals("random");
              case "java.util.UUID" -> name.equals("randomUUID");
              case "java.time.Clock" -> name.startsWith("system") || name.startsWith("tick");
              default ->
                  owner.startsWith("java.time.")
                      && name.equals("now")
                      && !access.getTarget().getFullName().contains("java.time.Clock");
            };
          });

  private static final ArchRule PURE_CLASSES_KNOW_NOTHING_OF_THE_WORLD =
      noClasses().that(PURE).should().dependOnClassesThat(WORLD);

  private static final ArchRule PURE_CLASSES_ASK_THE_WORLD_FOR_NOTHING =
      noClasses().that(PURE).should().accessTargetWhere(ASKS_THE_WORLD);

  /**
   * A port separates decisions from I/O, so that they also run on a laptop and on recorded events.
   */
  private static final ArchRule PURE_CLASSES_LEAN_ON_NO_EDGE =
      noClasses().that(PURE).should().dependOnClassesThat(EDGE);

  /**
   * The constructor with the traits' names is for what decodes an event. All others take constants
   * of {@link Trait}, so no parser can set a trait that no policy may match.
   */
  private static final ArchRule ONLY_A_DECODER_NAMES_TRAITS =
      noClasses()
          .that(
              describe(
                  "are not the events", type -> !type.getPackageName().equals(ROOT + "events")))
          .should()
          .callConstructorWhere(
              describe(
                  "the canonical constructor of Alert",
                  call ->
                      call.getTargetOwner().isEquivalentTo(Alert.class)
                          && call.getTarget().getRawParameterTypes().size()
                              == Alert.class.getRecordComponents().length));

  private static final JavaClasses OURS =
      importer()
          .withImportOption(
              location -> !location.contains("/test-classes/") && !location.contains("-tests.jar"))
          .importPackages("io.cattleguard");

  private static final JavaCompiler JAVAC = ToolProvider.getSystemJavaCompiler();

  /** Keeps the JDK's classes open from one compilation to the next. */
  private static final StandardJavaFileManager FILES =
      JAVAC.getStandardFileManager(null, null, null);

  private static final List<String> FOREIGN =
      List.of(
          "com.amazonaws.services.lambda.runtime.Context",
          "io.fabric8.kubernetes.client.KubernetesClient",
          "org.slf4j.Logger",
          "software.amazon.awssdk.services.dynamodb.DynamoDbClient");

  @TempDir private Path compiled;

  @TestFactory
  Stream<DynamicTest> noModuleKnowsMoreThanItsArrowsSay() {
    return MAY_KNOW.keySet().stream()
        .sorted()
        .map(module -> DynamicTest.dynamicTest(module, () -> arrowsOf(module).check(OURS)));
  }

  @Test
  void whatDecidesIsPure() {
    PURE_CLASSES_KNOW_NOTHING_OF_THE_WORLD.check(OURS);
    PURE_CLASSES_ASK_THE_WORLD_FOR_NOTHING.check(OURS);
    PURE_CLASSES_LEAN_ON_NO_EDGE.check(OURS);
  }

  @Test
  void onlyADecoderNamesTraits() {
    ONLY_A_DECODER_NAMES_TRAITS.check(OURS);

    JavaClasses naming = importer().importClasses(Naming.class);
    assertReported(ONLY_A_DECODER_NAMES_TRAITS, naming, "Naming");
  }

  /** Sets a trait that is in no list. */
  @SuppressWarnings("UnusedMethod") // Only its bytecode is read.
  private static final class Naming {
    static Alert alert(Alert like) {
      return new Alert(
          like.id(),
          like.alertClass(),
          like.source(),
          like.rule(),
          like.severity(),
          like.tactics(),
          like.techniques(),
          List.of("priviledged"),
          like.target(),
          like.process(),
          like.network(),
          like.file(),
          like.observedAt(),
          like.count(),
          like.notes(),
          like.raw(),
          like.title(),
          like.related());
    }
  }

  /** Like app, answer may depend on the functions: it reads their stores, but runs none of them. */
  @Test
  void answerReadsTheStoresOfOtherFunctionsAndRunsNoneOfThem() {
    noClasses()
        .that(describe("are of answer", type -> module(type).equals("answer")))
        .should()
        .dependOnClassesThat(
            describe(
                "run another function",
                type ->
                    FUNCTIONS.contains(module(type))
                        && !module(type).equals("answer")
                        && (type.getPackageName().endsWith(".lambda")
                            || type.getPackageName().endsWith(".handler"))))
        .check(OURS);
  }

  @Test
  void everyClassBelongsToAModuleThatTheRulesKnow() {
    for (JavaClass type : OURS) {
      assertTrue(MAY_KNOW.containsKey(module(type)), type.getName());
    }
  }

  @ParameterizedTest
  @MethodSource
  void everyModuleWithCodeIsLookedAt(String module) {
    assertTrue(
        OURS.stream()
            .anyMatch(type -> module(type).equals(module) && !type.getSimpleName().isEmpty()));
  }

  static Stream<String> everyModuleWithCodeIsLookedAt() {
    return MAY_KNOW.keySet().stream().filter(module -> !module.equals("sensor"));
  }

  @TakesLong
  @TestFactory
  Stream<DynamicTest> everyArrowTheWrongWayIsReported() {
    return MAY_KNOW.keySet().stream()
        .sorted()
        .map(module -> DynamicTest.dynamicTest(module, () -> everyStrangerIsReported(module)));
  }

  private void everyStrangerIsReported(String module) {
    List<String> strangers = strangersTo(module).map(each -> ROOT + each + ".Known").toList();
    StringBuilder body = new StringBuilder();
    strangers.forEach(each -> body.append(each + " " + each.replace('.', '_') + ";"));
    JavaClasses wrong = compile(module, "Wrong", body.toString(), strangers);
    for (String stranger : strangers) {
      assertReported(arrowsOf(module), wrong, stranger);
    }
  }

  @TakesLong
  @ParameterizedTest
  @MethodSource
  void aPureClassThatKnowsTheWorldIsReported(String world) {
    assertReported(
        PURE_CLASSES_KNOW_NOTHING_OF_THE_WORLD, compile("score", "Novelty", world + " it;"), world);
  }

  static Stream<String> aPureClassThatKnowsTheWorldIsReported() {
    Stream<String> ofTheJdk =
        Stream.of(
            "java.io.File",
            "java.io.FileReader[]",
            "java.io.FileWriter",
            "java.io.RandomAccessFile",
            "java.net.Socket",
            "java.net.http.HttpClient",
            "java.nio.channels.FileChannel",
            "java.nio.file.Files",
            "java.security.SecureRandom",
            "java.util.Random",
            "java.util.concurrent.ThreadLocalRandom",
            "java.util.logging.Logger",
            "java.util.random.RandomGenerator");
    return Stream.concat(FOREIGN.stream(), ofTheJdk);
  }

  @TakesLong
  @ParameterizedTest
  @MethodSource
  void aPureClassThatAsksTheWorldIsReported(String question) {
    JavaClasses asking = compile("score", "Novelty", "Object it = " + question + ";");
    assertReported(PURE_CLASSES_ASK_THE_WORLD_FOR_NOTHING, asking, "io.cattleguard.score.Novelty");
  }

  static Stream<String> aPureClassThatAsksTheWorldIsReported() {
    return Stream.of(
        "Math.random()",
        "System.console()",
        "System.currentTimeMillis()",
        "System.err",
        "System.getProperty(\"user.home\")",
        "System.getenv()",
        "System.getenv(\"HOME\")",
        "System.in",
        "System.nanoTime()",
        "System.out",
        "java.time.Clock.systemDefaultZone()",
        "java.time.Clock.systemUTC()",
        "java.time.Clock.tickSeconds(java.time.ZoneOffset.UTC)",
        "java.time.Instant.now()",
        "(java.util.function.Supplier<Object>) java.time.Instant::now",
        "(java.util.function.Supplier<Object>) () -> java.time.Instant.now()",
        "java.time.LocalDate.now(java.time.ZoneOffset.UTC)",
        "java.util.UUID.randomUUID()");
  }

  @TakesLong
  @ParameterizedTest
  @ValueSource(
      strings = {
        "io.cattleguard.aws.AwsClients",
        "io.cattleguard.score.lambda.ScoreHandler",
        "io.cattleguard.edge.lambda.EventBridgePublisher"
      })
  void aPureClassThatLeansOnAnEdgeIsReported(String edge) {
    JavaClasses leaning = compile("score", "Novelty", edge + " it;", List.of(edge));
    assertReported(PURE_CLASSES_LEAN_ON_NO_EDGE, leaning, edge);
  }

  @TakesLong
  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource
  void thePackageSaysWhatIsPure(String inPackage, boolean pure) {
    JavaClasses asking = compile(inPackage, "SlackThing", "Object it = java.time.Instant.now();");
    ArchRule rule = PURE_CLASSES_ASK_THE_WORLD_FOR_NOTHING.allowEmptyShould(true);
    assertEquals(pure, rule.evaluate(asking).hasViolation());
  }

  static Stream<Arguments> thePackageSaysWhatIsPure() {
    return Stream.of(
        arguments("events", true),
        arguments("sources.falco", true),
        arguments("deduplicate", true),
        arguments("deduplicate.lambda", false),
        arguments("score", true),
        arguments("route", true),
        arguments("route.ocsf", true),
        arguments("route.slack", false),
        arguments("route.slack.message", true),
        arguments("route.newdestination", true),
        arguments("respond", true),
        arguments("respond.kubernetes.actions", true),
        arguments("respond.kubernetes.fabric8", false),
        arguments("respond.aws.actions", true),
        arguments("respond.aws.ec2", false),
        arguments("edge.lambda", false),
        arguments("edge.pattern", true),
        arguments("edge.policy", false),
        arguments("app.server", false));
  }

  @Test
  void everyEdgePackageExists() {
    Set<String> found = OURS.stream().map(type -> packageOf(type)).collect(Collectors.toSet());
    EDGE_PACKAGES.forEach(name -> assertTrue(found.contains(name), name));
  }

  @Test
  void timeAsAnArgumentIsPure() {
    JavaClasses told =
        compile("score", "Novelty", "Object of(java.time.Clock it) { return it.instant(); }");
    assertFalse(PURE_CLASSES_ASK_THE_WORLD_FOR_NOTHING.evaluate(told).hasViolation());
  }

  @Test
  void aClassInsideAPureOneIsPureWhateverItsName() {
    JavaClasses nested =
        compile("score", "Novelty", "class SlackTime { Object it = java.time.Instant.now(); }");
    assertReported(PURE_CLASSES_ASK_THE_WORLD_FOR_NOTHING, nested, "Novelty$SlackTime");
  }

  @Test
  void noPackagesDependOnEachOtherInACircle() {
    SlicesRuleDefinition.slices().assignedFrom(PACKAGES).should().beFreeOfCycles().check(OURS);
  }

  @Test
  void noPackageHasMoreThanTwentyFiveTypes() {
    Map<String, Long> sizes =
        OURS.stream()
            .filter(type -> type.getEnclosingClass().isEmpty())
            .filter(type -> !type.getSimpleName().equals("package-info"))
            .collect(Collectors.groupingBy(JavaClass::getPackageName, Collectors.counting()));
    sizes.forEach((name, size) -> assertTrue(size <= 25, name + " has " + size + " types"));
  }

  /**
   * Reads only the given classes. ArchUnit's default, which also reads every library that they use,
   * takes four times as long.
   */
  private static ClassFileImporter importer() {
    ArchConfiguration.get().setResolveMissingDependenciesFromClassPath(false);
    return new ClassFileImporter();
  }

  /**
   * Uses the class loader, because the importer does not know the supertypes of a library's type.
   */
  private static DescribedPredicate<JavaClass> isA(Class<?> parent) {
    return describe(
        "are " + parent.getName(),
        type -> {
          try {
            ClassLoader loader = ArchitectureTest.class.getClassLoader();
            return parent.isAssignableFrom(Class.forName(type.getName(), false, loader));
          } catch (ClassNotFoundException | LinkageError e) {
            return false;
          }
        });
  }

  private static ArchRule arrowsOf(String module) {
    Set<String> strangers = Set.copyOf(strangersTo(module).toList());
    return noClasses()
        .that(describe("are of " + module, type -> module(type).equals(module)))
        .should()
        .dependOnClassesThat(
            describe("are of " + strangers, type -> strangers.contains(module(type))))
        .allowEmptyShould(true);
  }

  private static Stream<String> strangersTo(String module) {
    Set<String> known = MAY_KNOW.getOrDefault(module, Set.of());
    return Stream.concat(MAY_KNOW.keySet().stream(), Stream.of("bench"))
        .filter(other -> !other.equals(module) && !known.contains(other));
  }

  /**
   * The module to which a package belongs: the one with the longest name that is a prefix of it.
   */
  private static String module(JavaClass type) {
    String name = type.getPackageName() + ".";
    return Stream.concat(MAY_KNOW.keySet().stream(), Stream.of("bench"))
        .filter(module -> name.startsWith(ROOT + module + "."))
        .max(Comparator.comparingInt(String::length))
        .orElse("");
  }

  /** The package name without io.cattleguard. */
  private static String packageOf(JavaClass type) {
    String name = type.getPackageName();
    return name.startsWith(ROOT) ? name.substring(ROOT.length()) : "";
  }

  private static void assertReported(ArchRule rule, JavaClasses classes, String culprit) {
    List<String> reports = rule.evaluate(classes).getFailureReport().getDetails();
    String name = culprit.replace("[]", "");
    assertTrue(reports.stream().anyMatch(report -> report.contains(name)), reports::toString);
  }

  private JavaClasses compile(String module, String name, String body) {
    return compile(module, name, body, List.of());
  }

  /** A class that breaks a rule, with stand-ins for its dependencies. */
  private JavaClasses compile(String module, String name, String body, List<String> known) {
    List<JavaFileObject> sources = new ArrayList<>();
    sources.add(source(ROOT + module + "." + name, body));
    known.forEach(type -> sources.add(source(type, "")));
    FOREIGN.forEach(type -> sources.add(source(type, "")));
    String out = compiled.toString();
    List<String> options =
        List.of(
            "-source",
            "21",
            "-target",
            "21",
            "-Xlint:-options",
            "-proc:none",
            "-cp",
            "",
            "-d",
            out);
    CompilationTask task = JAVAC.getTask(null, FILES, null, options, null, sources);
    assertTrue(task.call());
    return importer().importPath(compiled);
  }

  private static JavaFileObject source(String type, String body) {
    int dot = type.lastIndexOf('.');
    String text =
        "package %s; public class %s { %s }"
            .formatted(type.substring(0, dot), type.substring(dot + 1), body);
    URI uri = URI.create("string:///" + type.replace('.', '/') + ".java");
    return new SimpleJavaFileObject(uri, JavaFileObject.Kind.SOURCE) {
      @Override
      public CharSequence getCharContent(boolean ignoreEncodingErrors) {
        return text;
      }
    };
  }

  @Test
  void everySourceIsOnePackageWithOneParser() {
    Map<String, Long> parsers =
        OURS.stream()
            .filter(type -> type.isAssignableTo(ROOT + "sources.parsing.AlertParser"))
            .filter(type -> !type.isInterface())
            .collect(Collectors.groupingBy(JavaClass::getPackageName, Collectors.counting()));
    assertFalse(parsers.isEmpty());
    parsers.forEach((name, count) -> assertTrue(count == 1, name + " has " + count + " parsers"));
  }

  @TestFactory
  Stream<DynamicTest> everySourceKnowsOnlyTheContractAndWhatParsersShare() {
    return packagesOfSources()
        .map(name -> DynamicTest.dynamicTest(name, () -> neighboursOf(name).check(OURS)));
  }

  @TakesLong
  @TestFactory
  Stream<DynamicTest> aSourceThatKnowsAnotherIsReported() {
    return packagesOfSources()
        .map(name -> DynamicTest.dynamicTest(name, () -> everyNeighbourIsReported(name)));
  }

  private void everyNeighbourIsReported(String name) {
    List<String> neighbours =
        List.of(ROOT + "sources.Known", ROOT + "sources.other.Known", name + ".inner.Known");
    StringBuilder body = new StringBuilder();
    neighbours.forEach(each -> body.append(each + " " + each.replace('.', '_') + ";"));
    JavaClasses wrong =
        compile(name.substring(ROOT.length()), "Wrong", body.toString(), neighbours);
    neighbours.forEach(each -> assertReported(neighboursOf(name), wrong, each));
  }

  private static Stream<String> packagesOfSources() {
    return OURS.stream()
        .map(JavaClass::getPackageName)
        .filter(name -> name.startsWith(ROOT + "sources."))
        .distinct()
        .sorted();
  }

  private static ArchRule neighboursOf(String name) {
    List<String> known = List.of(name, ROOT + "sources.parsing");
    return noClasses()
        .that()
        .resideInAPackage(name)
        .should()
        .dependOnClassesThat(
            describe(
                "belong to another package of sources",
                type -> module(type).equals("sources") && !known.contains(type.getPackageName())));
  }
}
