import { Button, SegmentedControl, Text, Title } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import type { MapInfo } from "../api/types";
import { setLanguage } from "../i18n";
import { SearchBox } from "../search/SearchBox";
import { SignIn } from "../session/SignIn";
import { useView } from "../state/view";
import classes from "./Header.module.css";
import { MainMenu } from "./MainMenu";

export function Header({ info }: { info: MapInfo }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const narrow = useMediaQuery("(max-width: 60em)");
  const other = lang === "vi" ? "en" : "vi";
  const title = lang === "vi" ? info.title_vi : info.title_en;

  useEffect(() => {
    document.title = title;
  }, [title]);

  return (
    <header className={classes.header}>
      <div className={classes.brand}>
        <img src="/favicon.svg" alt="" width={36} height={36} />
        <div className={classes.words}>
          <Title order={1} className={classes.title}>
            {title}
          </Title>
          {!narrow && <Text className={classes.crs}>{info.crs_name}</Text>}
        </div>
      </div>
      <SearchBox />
      <div className={classes.tools}>
        {narrow ? (
          <Button
            variant="white"
            px="sm"
            onClick={() => setLanguage(other)}
            lang={other}
            data-testid="language"
          >
            {other.toUpperCase()}
          </Button>
        ) : (
          <SegmentedControl
            value={lang}
            onChange={(value) => setLanguage(value === "en" ? "en" : "vi")}
            data={[
              { value: "vi", label: "VI" },
              { value: "en", label: "EN" },
            ]}
            aria-label={t("language")}
            data-testid="language"
          />
        )}
        <MainMenu compact={narrow} />
        <SignIn compact={narrow} />
      </div>
    </header>
  );
}
