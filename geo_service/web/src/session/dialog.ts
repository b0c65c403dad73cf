import { createStore, useStore } from "../state/store";
import { type ReturnedError, takeSignInError } from "./returned";

export type Step = "sign-in" | "enrol";

interface SignInDialog {
  step: Step | null;
  /** what a provider of identities sent the person back with */
  error: ReturnedError | null;
}

const error = takeSignInError();

/** The dialog of signing in; any screen may open it. */
export const signInDialog = createStore<SignInDialog>({ step: error ? "sign-in" : null, error });

export const useSignInDialog = () => useStore(signInDialog, (dialog) => dialog);

export const openDialog = (step: Step) => signInDialog.set({ step, error: null });
export const closeDialog = () => signInDialog.set({ step: null, error: null });
