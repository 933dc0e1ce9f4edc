package io.cattleguard.app;

/** The command cannot be carried out as it was given; the message says what to do. */
final class UsageError extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String whatToDo;

  UsageError(String whatToDo) {
    super(whatToDo);
    this.whatToDo = whatToDo;
  }

  @Override
  public String getMessage() {
    return whatToDo;
  }
}
