package dev.outrigger.sds;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.Base64;
import org.bouncycastle.math.ec.ECCurve;
import org.bouncycastle.math.ec.ECPoint;
import org.bouncycastle.math.ec.FixedPointPreCompInfo;
import org.bouncycastle.math.ec.FixedPointUtil;

/// Multiples of P-256's generator (FIPS 186-4 D.1.2.3), as BouncyCastle's comb multiplies with them: it computes them
/// for the first key that it makes, for 6 ms of CPU in a JVM that has just begun. `GeneratorTableTest` has it compute
/// them, too.
final class GeneratorTable {
    private static final int COORDINATE_BYTES = 32;
    private static final int WIDTH = 6;
    private static final String POINTS = """
            axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9XzyexiNA09+ilI4\
            AwS1GsPAiWnid/IbNaYLSPxHZpl4B3dVENuO0EApPZrGn3Qw27p9reY86YIpngS3nSJ4c9HvzCxDbtGyry3xxB7SvC+mmLPOKr8x\
            jrJZ2xZ8Whw/sfNoT5yNnzhjpThKd+009UNGgkUzNzSliRf+B/GXslUTvlkQ+V1gdlmFpZtB4RUqN0pH85WNzQ+vhDEmLgREp6iD\
            2kUns62qzjKoSx2f6/NmwwNZIAjGJ/5ETdTu6B+QFBPMyjRV+mJcv2ZNLwmcICtBC+woyhZwma7JAmRzGBiOS1ulpa9GiT3pBEax\
            +yFqXmtkdSFs2w1xqoTCMQVCHAwizd2qzkzTkYQKiaADUkYQFND93VtLzeeAYrJcpQ2GySZ7OGFMfY1J66T1kj6EItfrFXOR2vSz\
            vVZ8wVntbClcD3Q0KkDn5+e24odAv+gPi1WRyOsw9s2k07IoCcvbHHhTHAsA9cHsB29Y8CqdmU4uZcXFgfXhe17Slo6HNRxR8rHZ\
            Dr80QhCfwsFs6UTdsON/ooAt+MzsR/pmaPpSyFgt7JXokD3Y2dNyu/I2XtCGHQZ++gwH7lF8lAun1Dyhjq0n1kUexALgULqpKBSI\
            tFEnD1A2KVp+hw0rUsR9iyGqUSpY+l4b6eWDXZF0DM3u9WbN65gpD0FQx1yW7BRVZ0MtrbjbPztSctsWgHZJfc7ETnZcAi1CjuGt\
            35WLmeSnMo7JgdkMvJAJo1cvT10pOt8PYWT7EfHSQ6i/CUDl44JL+tyQ2XWivQ7YwLns0uEE6awtftR0uN1YE3O3xVAhlal5yHzi\
            MoFTdMRM/TJ38Jd6MFDVVLvAHf3on7VSA03W6y5K6jG49TLYlXolPC+ZhlV/4Di+MNqJ6F4Xia0zrYfwRWnQV/lvyDAFkn87a0Cp\
            WVnniOJI7b731pd8J5EUV89Er7GNL61rIl8RIyHrKfAoeE/Tr8l12sVMy03DWxcDQG1e2BwQ/MpIdzGo1mMiII/7loiXVfa5bC/d\
            9YJz8XdqZ6U1diQNp3zT8lUnlmPD9uFgNQvg6ctRjh+oXucdZaoBVRYc4j6PTv0nBOcu9L6DtX0nhAO24O+ivF/mTbNFIgVGD6nP\
            I0H0mS+zICNlEbNwiX6HvUJR9bctxh4bM2qvQBjW9jpBd15inVkiboCeShqTfhI/RBV0NAPmO3nLrwGnv1TySjwknG1FtFKvpP69\
            /ZIMwGhVi/ZCxsXUOuE9lKya0Bpoql6GXHiJ2vgmer6SW72RiqSnR84WUKJqPDLnLN9rRy+1Ks0lGXW3HsvkkNJxuafl1OwlEMbk\
            ttABZHbqtCY54aiP1ZM8mhM3G7URGczHsLO4fTme8XOHFnhAVet7IjvfPxZfSDIQ/nb81XSJyjYWk/f1bBlRVz1jg/xiq7uQv4XR\
            B8TZXBfQJHfwZxvNsjxvsXlDHS28kD2r4xQZ/8t93KViHGPxHrCndgIsOKEP0Nkp+g35QelCBiC01pfTmFEpWpx3joYt516Qfz+F\
            jZ/BAr0sGZ4k43sbCSeWWutZx5L8MtbBoJhWOHGmEqtwUYzUyHM3YYKil9ugnSKEXR2lD6b9Yq4PWqg54voyQ9ZPQzg/7BHh4oHo\
            oYetASlXpGJXqGqRFgqJYTJFn3C0A7fVI4r8aWpUagjn8Rm4zHxLEn1mIewRGjxWUkN4UNb05h9AdHlcbfqlb++7MUxlkjVVuZ2s\
            N5mxfQlmrmAw0vHs9mSCArUe8hYjK79ArJb1sNJUGNmtWIbkTDeSKmSI9ZzNDv6wf4TrUO7oFtcI5RWCYvs1t/YGd5HrNv76+/W6\
            9kfjfTei8fQeAwdWyIFeTCgao8mOYkrlvl5wP4Uoj2x81M42G0eA9sMiVTLc6eVcua4wQibH37zHzRPgNq922s6er7NMMgaplG69\
            9BS5PHrbNOUQRrbju06aF/qFBHPbhQaSi80fIApna13lXB0yv8SZNEu/XPTudIpv4259ZEvt0Hy5YAjxWykR3U1qPe8nQ66K7VGq\
            QPoBqpSViiSPImOfh0iRmQJVxvYtjnR1D0CsC02GBWdAFpRMDDlWCr9Isp2Cgya7/f/dlGkKprZaYo1kT9QrpkHothLBtboBp2kc\
            1rfl/fBHKHElrsWBHdkPPyn/SI9zDIvOH6uRtXf1jAA2Es5BMmWc3aghhut4FQjwDqWBOCmWaxVkpEzldhsalpnirsv0Z+uwgGPm\
            lg1V69Mqs5MWwYsFZhBaWIqWmIKCxTqrtKHSvZ942Z7urytMdHZPshu18Ni44WfVJCKZGuQg9x6UgZoZlvnpWi7//rnhVtAdV8He\
            lB4zw4EmyMTSp7W62t2A7g0X/zlwUUohUGq2qkUhQsNFAFarPcljVmoqpGICAvOuIg1QDeqBBa0GFrIoNYa3nNUuOMH94yKyPJPR\
            IgHiWJ/GOvBr8UVgGXBEbCfiac4NWdU+JaUF/AXXSRtfoYekOa9cPsMdbGo8qhRMghMsJhTb8rGJ9/VbHwVlB2givrVn8ZdzW8BR\
            Mc3B2J/jkjc5uAGhTRiER0P6sc5ysv/Qr770HL4Us4IiUQRHZ1I7OEOdqAZ9i1BTDTSJBRpuAs9yx9UDQ5JUub/ubsW32Fhrzvwo\
            MO+MhehL+zuykbge5HiDzZ/mUPbnrfWyA1z4ehUsKxjMgPFCkYZ+WOkD29pSJCISQWpcXz9bgPEvNZx0loDeYD4dxYoU5JO/4CVo\
            r5fFsHESVpGVyA7eQbzsXNAwS//YZiUzdAxVnjL+IYM5tfNbOO4xCsgkWD3hY8GZnPnnInZyWZ1A+CuLVvyClwdqp/kKIAkxUWH1\
            kJDqd2eEv2EtiQCqsecSaTpGUaTcWV6aMUBCnRv+p3sM0aMh0xAehvR1dURiW6e2ofVYO8z7TVlPvdEEJQ0C8raYSFjiNe9gbaZ1\
            zVtdS9z579MyC9pKDNNU7W0x+Mb7sTiRlGjgJ2T/DdZS2OXk8753MUZGmqAhCfOxSEm9QZ2BpmUD9aB9mJPmThm/hlZyq6VwIxl8\
            WGJlaJCybOYtoGmtumDsMgr8YBdp/Kfhex0pO66EfX1xAL7k3rfAIf5HQ72tQ8P76PSExzChliRYzBIKsxZG7n8/AJ+dkliffcTF\
            6zUxUB7rvrgUtLJXYfn+wgfnE8+y6YDZ0QzdWDov/sK+nPWW2ycfzUTvi+A4to4YsmtKmK6PxQijydYUxOSBWKHzNeVmxn6KS3cq\
            jKQTn1lz2+b/m55NCnN7ZT6Ob5WtYTJWhMnppbXJ0O1okfzbfw7yo5YAdU8xlN4JR4ASsbUONlyLlhaTxxyUdsh6+biXCxgMsKtz\
            qkKeay0Viwv1RVphoobDSZmusbSi0AUOIN8kPE/tjOMAQ8CxYfv3fPFS6M+qraE4DTgDxt8xHtka6Jdbyn3ywmH+jHuvaHAhTrey\
            H3COdc0dpJNLiiSseyWw/gftUtxOoAtnO0QeVkfTgr9Vmh8eZQwSWLX0IsOVHFr8E3fuKTYrc7kZJuMGVjXfLStCc+CEf32vH5xt\
            Ss+NQme6hoaJ+KLBx54xeJZtKN036usQHuTqSXNDiiZEzHGulcsQ/ZOD57UdnhqQaRMM7OuiWJs7OU8XhKtKyfrwyUJfMMWwXVdS\
            5/Qwan9HC6bhBwHYj/B5hToeq9Rr7YFh0OjziTHRKw4ir94va447h8wXvpwt5A+vSIUr5CAs4x6aVtZttMex6hocErXL2Eo33mkU\
            v5Q/2+aX2MxuhudbgcAfjZ2ANLEJPnNbPMs4zIeXTWWnhU6a7tfftsYgSNMWZgrWXO2+iTJXxVCsHYFQK311iqhHtBuHP8IvDIiz\
            8YjuoItOrMQHJJNB6xmZfUgMfK74QWl/cQ3kJW/h69BJT5RZmI7zAC1XB1S0TTMAsW81dbiw+hYOj/8VUTZeZCz23a7J2q6/oLFc\
            yjj7H4vUlgRnmwXJaq3+wUDHIKHb3wpcCEs2G6s2Etop2egvNlPR1GRazSQ0PkOLeCQ4u3v5PSc6CY/T1quQb6LdNkTraZgRWJP2\
            +T+YpQiTQ2I25NZaAx34e6PmnUXuYDPRE+2rnLkm5HG81Ok4TegwERggDE+4Mnf/DWvHNl6zgy4VqtVPq7j0lGdpvwJHPmeDzQCL\
            VFLs3G30iHFMksU1LOoRFop/maJGXNp5GFG16c0NAnzTqej7BCItUEhI54zZ6WjKRhpD4zknxunmPwQWZ5jzbg2SZpWCQ/WjS2Qy\
            dsWkxSQn2OIQ2qQoQTBDgF6iHllR4TtDuJzeCvUN2Ima7Xbwyo0renPwUlZX4zmcPdcuaIZNpckUo5g4cpQi84JCqbySk/FCz9bQ\
            9PuhXEK45JItt1bXUEX41ZddqjNGyfuJ0bQUYhy6Ylfw8W7QvwH7OGhpNMmzPfGt4HCgyc5GoWUHWANbSt4fjokddlgUiHcNpcIV\
            sdgkKaFKazja5Tiptu6TQJzGM7bEKQQhh21e8Wd9LY3DKX1DjhKsckEWii6WMnI/ZY88JEuM+YQAvG9TyZ+b/nFVptfOFIz2H5Iz\
            HCOslf/lp7tC9YVbsgkNM8uAo2K5zl3xGjOhBWc6/nArSyet5j8sqi2uifeiq6MyP/W7also/w4I1yNR3sb9zGCWyV/ldUTQGpI6\
            BbfMnR7l4gup7/4do0j/cSc07XeM9p1GRYRkFbLRHz3xuB8TlgIrEu4iAOWoD3jeQPAKHvmWpmeGn2nm22zK3gyQ9sM0nD2vJPds\
            bgR2jvt3XkEgltZ2LafrSeuQ/jxlS/c1N2gPBAIQNLKEwycLeB7EJ5iqAfWkFv2HIEKXJJiFmB6XlUGeA20vpw0NXzLxfp+W1CrU\
            BG6phN0nvlkugf1NdPxDkj7ulos3ZYcmzDOx+We6vyvD1fFz/DFXz29ws1qYK3tX4H6bbH/i6wxjNGhk5441vxazVxl2tMllXUB3\
            R1/q73tONF+jNcIMVpBrGjKu/sJMFFrEnqU003+F6M0BlV+H+QfdeZ+GWDqqtS0oPHit0VUNe/v3s4blvpWatHDJOAbflJcByk6K\
            GZX6f8fxSmn2+sGlzp3dQdfpK9rdAG8uxMcGG5suexUqCAfhiwrV8/Tj/vz4ZrlM5rt3wbyF9Bcm1wQ1egaBAjRN/7KqL0f/Cop5\
            HUtu96um7tB2fLX8hkZT6rItWEbq1Png+WbJs5aENocT+JAZkJ0H3cCRBGhRBj0P+sJaaNhqpyi9GG+3c05mlKKD+FMlGDc0M8dU\
            bebA4S27WAyaTx+y1jraK1O55Df0r8wr71MfMH+0jyHyKgx6fpzm9J8submzoYWuRqsS2Q+/2S+5QF03LZoZ04WlHKqUPB0dYBso\
            HV42XgqTxR1n60AGQWSKdxbWLuPAg5EP6jZ4YBCiqqjCWfrePf7luH1GDyNeaHmrwxYUlfBaUwOwo5OQegQj6AR2QlOxgjsnx83y\
            1spcf/F/+AnZDLXRzMVlZh+WBCpzC+TSOdThpsdCcucio6U=""";

    private GeneratorTable() {}

    /// Gives the multiples to the generator.
    ///
    /// @param curve P-256
    static void giveTo(ECPoint generator, ECCurve curve) {
        var _ = curve.precompute(generator, FixedPointUtil.PRECOMP_NAME, _ -> of(curve));
    }

    private static FixedPointPreCompInfo of(ECCurve curve) {
        var bytes = Base64.getDecoder().decode(POINTS);
        var points = new ECPoint[bytes.length / COORDINATE_BYTES / 2];
        for (int i = 0; i < points.length; i++) {
            points[i] = curve.createPoint(coordinate(bytes, 2 * i), coordinate(bytes, 2 * i + 1));
        }
        var table = Arrays.copyOf(points, 1 << WIDTH);
        var info = new FixedPointPreCompInfo();
        info.setWidth(WIDTH);
        info.setLookupTable(curve.createCacheSafeLookupTable(table, 0, table.length));
        info.setOffset(points[table.length]); // behind the others
        return info;
    }

    private static BigInteger coordinate(byte[] all, int index) {
        return new BigInteger(1, all, index * COORDINATE_BYTES, COORDINATE_BYTES);
    }
}
