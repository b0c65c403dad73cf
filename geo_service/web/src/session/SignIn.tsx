import { Loader, Modal } from "@mantine/core";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { useSession } from "../api/queries";
import { AccountMenu } from "./AccountMenu";
import { closeDialog, openDialog, useSignInDialog } from "./dialog";
import { SignInForm } from "./SignInForm";
import { UserButton } from "./UserButton";

const Enrolment = lazy(() => import("./Enrolment"));

/** Who is signed in, or the way to sign in. */
export function SignIn({ compact }: { compact: boolean }) {
  const { t } = useTranslation();
  const user = useSession().data?.user ?? null;
  const { step } = useSignInDialog();
  const enrolling = step === "enrol";
  return (
    <>
      {user ? (
        <AccountMenu user={user} compact={compact} />
      ) : (
        <UserButton
          name={t("session.signIn")}
          compact={compact}
          onClick={() => openDialog("sign-in")}
          data-testid="sign-in"
        />
      )}
      <Modal
        opened={step !== null}
        onClose={closeDialog}
        title={t(enrolling ? "enrol.title" : "session.title")}
        size={enrolling ? "lg" : "md"}
        centered
        // the recovery codes are shown once: no stray click may take them away
        closeOnClickOutside={!enrolling}
        closeOnEscape={!enrolling}
        closeButtonProps={{ "aria-label": t("close") }}
      >
        {step === "sign-in" && <SignInForm />}
        {enrolling && (
          <Suspense fallback={<Loader />}>
            <Enrolment onDone={closeDialog} />
          </Suspense>
        )}
      </Modal>
    </>
  );
}
