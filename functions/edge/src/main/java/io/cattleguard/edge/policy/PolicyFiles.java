package io.cattleguard.edge.policy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/** A policy directory, read strictly. Every function reads its own files. */
public final class PolicyFiles {
  private final Path directory;

  /**
   * Takes the directory.
   *
   * @throws PolicyException if it does not exist
   */
  public PolicyFiles(Path directory) {
    if (!Files.isDirectory(directory)) {
      throw new PolicyException(
          List.of(
              new PolicyError(
                  directory.toString(), 1, "no such policy directory; name one with --policy")));
    }
    this.directory = directory;
  }

  /** The file of that name, or empty if it does not exist or has only comments. */
  public Optional<PolicyNode> file(String name) {
    Path path = directory.resolve(name);
    Path misnamed = directory.resolve(name.replaceAll("\\.yaml$", ".yml"));
    if (!misnamed.equals(path) && Files.exists(misnamed)) {
      throw misnamed(misnamed.getFileName().toString());
    }
    return Files.exists(path) ? PolicyNode.read(name, read(path, name)) : Optional.empty();
  }

  /** A default policy file from a class's package, for directories without their own. */
  public static PolicyNode builtIn(Class<?> owner, String name) {
    try (InputStream in = owner.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException(name + " is not on the class path beside " + owner);
      }
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return PolicyNode.read("built-in " + name, text).orElseThrow();
    } catch (IOException e) {
      throw unreadable("built-in " + name, e);
    }
  }

  /**
   * The text of a file that a policy names; its path is relative to the directory and must stay
   * within it.
   */
  public String text(PolicyNode name) {
    Path path = directory.resolve(name.text()).normalize();
    if (!path.startsWith(directory.normalize()) || !Files.isRegularFile(path)) {
      throw name.wrong("no such file in the policy directory: '" + name.text() + "'");
    }
    return read(path, name.text());
  }

  /**
   * Every file of a folder, sorted by name; empty if the folder does not exist. Hidden files and
   * {@code .md} files are ignored.
   *
   * @throws PolicyException if a file's name does not end in {@code .yaml}, because it would be
   *     ignored
   */
  public List<PolicyNode> folder(String name) {
    return folder(name, Function.identity());
  }

  /**
   * Reads every file of a folder, as {@link #folder(String)} lists them. A file that is not valid
   * YAML does not hide the errors of the others.
   *
   * @throws PolicyException with the errors of all files
   */
  public <T> List<T> folder(String name, Function<PolicyNode, T> read) {
    Path folder = directory.resolve(name);
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    List<Path> paths;
    try (Stream<Path> listing = Files.list(folder)) {
      paths = listing.filter(path -> !isAside(path)).sorted().toList();
    } catch (IOException e) {
      throw unreadable(name, e);
    }
    return eachCollectingErrors(
            paths,
            path -> {
              String label = name + "/" + path.getFileName();
              if (!label.endsWith(".yaml")) {
                throw misnamed(label);
              }
              return PolicyNode.read(label, read(path, label)).map(read);
            })
        .stream()
        .flatMap(Optional::stream)
        .toList();
  }

  /**
   * Reads every item and collects all errors, so that people see them at once.
   *
   * @throws PolicyException with the errors of all items
   */
  public static <S, T> List<T> eachCollectingErrors(List<S> items, Function<S, T> read) {
    List<T> results = new ArrayList<>();
    List<PolicyError> errors = new ArrayList<>();
    for (S item : items) {
      try {
        results.add(read.apply(item));
      } catch (PolicyException e) {
        errors.addAll(e.errors());
      }
    }
    if (!errors.isEmpty()) {
      throw new PolicyException(errors);
    }
    return results;
  }

  private static boolean isAside(Path path) {
    String name = path.getFileName().toString();
    return name.startsWith(".") || name.endsWith(".md");
  }

  private static PolicyException misnamed(String label) {
    return new PolicyException(
        List.of(
            new PolicyError(
                label, 1, "ignored file: the name of a policy file must end in .yaml")));
  }

  private static String read(Path path, String label) {
    try {
      return Files.readString(path);
    } catch (IOException e) {
      throw unreadable(label, e);
    }
  }

  private static PolicyException unreadable(String label, IOException cause) {
    return new PolicyException(
        List.of(new PolicyError(label, 1, "cannot be read: " + cause.getMessage())));
  }
}
