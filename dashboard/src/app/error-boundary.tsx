import { Component, type ReactNode } from "react";

interface State {
  readonly error: Error | undefined;
}

/** A view that fails says so, and leaves the rest of the page as it is. */
export class ErrorBoundary extends Component<{ readonly children: ReactNode }, State> {
  override state: State = { error: undefined };

  static getDerivedStateFromError(error: Error): State {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return (
      <section className="failure" role="alert">
        <h2>This view has failed</h2>
        <p>{error.message}</p>
        <button
          type="button"
          onClick={() => {
            this.setState({ error: undefined });
          }}
        >
          Try again
        </button>
      </section>
    );
  }
}
